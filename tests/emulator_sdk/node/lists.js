// Fetches every list with Twilio's SDK for Node.js, once as it is by default and once with a large limit, and prints
// how many items each has as JSON: node lists.js URL ACCOUNT_SID AUTH_TOKEN SERVICE CONVERSATION USER MESSAGE
import twilio from "twilio";

const [url, accountSid, authToken, service, conversation, user, message] = process.argv.slice(2);
const client = twilio(accountSid, authToken);
client.conversations.baseUrl = url;
const v1 = client.conversations.v1;

function listsIn(home) {
  const room = home.conversations(conversation);
  return {
    conversations: home.conversations,
    messages: room.messages,
    participant_conversations: home.participantConversations,
    participants: room.participants,
    receipts: room.messages(message).deliveryReceipts,
    roles: home.roles,
    user_conversations: home.users(user).userConversations,
    users: home.users,
    webhooks: room.webhooks,
  };
}

const inService = v1.services(service);
const lists = {
  "account addresses": v1.addressConfigurations,
  "account credentials": v1.credentials,
  "account services": v1.services,
  "service bindings": inService.bindings,
};
for (const [place, home] of Object.entries({ account: v1, service: inService })) {
  for (const [name, list] of Object.entries(listsIn(home))) lists[`${place} ${name}`] = list;
}

const counts = {};
for (const [name, list] of Object.entries(lists)) {
  const filter = name.endsWith("participant_conversations") ? { identity: user } : {};
  const [all, limited] = [await list.list(filter), await list.list({ ...filter, limit: 1000 })];
  counts[name] = [all.length, limited.length];
}
console.log(JSON.stringify(counts));

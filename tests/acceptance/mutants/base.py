"""The account that every mutant starts from: all of it made by us, and pruned wherever there is something to prune.

Of each kind there are a few, so that two of them are always more than a quarter. `support` and what is in it is
protected in places; names hold variables, so that an empty one renames many.
"""

BASE = """\
version: 1
variables:
  brand: acme
  country: "1555"
environments:
  prod:
    account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  dev:
    account_sid: ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
account:
  addresses:
    hotline:
      address: "+${{ var.country }}1230001"
      type: sms
    helpdesk:
      address: "+${{ var.country }}1230002"
      type: sms
    mailbox:
      address: desk@example.com
      type: email
credentials:
  ios:
    type: apn
    certificate: ${{ env.PUSH_KEY }}
    private_key: ${{ env.PUSH_KEY }}
    sandbox: false
  android:
    type: fcm
    secret: ${{ env.PUSH_KEY }}
  tablets:
    type: apn
    certificate: ${{ env.PUSH_KEY }}
    private_key: ${{ env.PUSH_KEY }}
    sandbox: true
services:
  support:
    friendly_name: Support Desk
    lifecycle:
      protect: true
      prune: [roles, users, conversations]
    configuration:
      reachability_enabled: true
    webhooks:
      method: POST
      filters: [onMessageAdded]
    roles:
      agent:
        friendly_name: "${{ var.brand }} agent"
        type: conversation
        permissions: [sendMessage, leaveConversation]
        lifecycle:
          protect: true
      clerk:
        friendly_name: "${{ var.brand }} clerk"
        type: conversation
        permissions: [sendMessage]
      lead:
        friendly_name: "${{ var.brand }} lead"
        type: conversation
        permissions: [sendMessage, deleteAnyMessage]
      boss:
        friendly_name: "${{ var.brand }} boss"
        type: service
        permissions: [createConversation]
    users:
      alice:
        friendly_name: Alice
      bob:
        friendly_name: Bob
      carol:
        friendly_name: Carol
    conversations:
      lounge:
        lifecycle:
          protect: true
          prune: [participants, webhooks]
        participants:
          first:
            identity: "${{ var.brand }}-1"
          second:
            identity: "${{ var.brand }}-2"
          third:
            identity: "${{ var.brand }}-3"
        webhooks:
          bot:
            target: webhook
            configuration: {url: "https://example.com/bot", filters: [onMessageAdded]}
          archive:
            target: webhook
            configuration: {url: "https://example.com/archive", filters: [onMessageAdded]}
          alarm:
            target: webhook
            configuration: {url: "https://example.com/alarm", filters: [onMessageAdded]}
      saloon:
        friendly_name: Saloon
      kitchen:
        friendly_name: Kitchen
      garden:
        friendly_name: Garden
  sales:
    friendly_name: Sales Desk
    lifecycle:
      prune: [roles, users, conversations]
    configuration:
      reachability_enabled: false
    users:
      dave:
        friendly_name: Dave
      erin:
        friendly_name: Erin
    conversations:
      deals:
        friendly_name: Deals
      leads:
        friendly_name: Leads
    roles:
      seller:
        type: conversation
        permissions: [sendMessage]
      buyer:
        type: conversation
        permissions: [sendMessage]
      broker:
        type: service
        permissions: [createConversation]
  night:
    friendly_name: Night Shift
    lifecycle:
      prune: [roles, users, conversations]
    roles:
      guard:
        type: conversation
        permissions: [sendMessage]
      porter:
        type: conversation
        permissions: [sendMessage, leaveConversation]
      nurse:
        type: conversation
        permissions: [deleteAnyMessage]
"""

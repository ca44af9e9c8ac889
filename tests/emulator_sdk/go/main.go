// Calls every List method of Twilio's SDK for Go with its default page size, and prints how many items each returns as
// JSON: lists HOST ACCOUNT_SID AUTH_TOKEN SERVICE CONVERSATION USER MESSAGE
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/twilio/twilio-go/client"
	conversations "github.com/twilio/twilio-go/rest/conversations/v1"
)

// The SDK has no option for another host.
type redirect struct{ host string }

func (to redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request.URL.Scheme, request.URL.Host, request.Host = "http", to.host, to.host
	return http.DefaultTransport.RoundTrip(request)
}

func main() {
	host, accountSid, token := os.Args[1], os.Args[2], os.Args[3]
	base := &client.Client{
		Credentials: client.NewCredentials(accountSid, token),
		HTTPClient:  &http.Client{Transport: redirect{host}},
	}
	base.SetAccountSid(accountSid)
	api := reflect.ValueOf(conversations.NewApiService(client.NewRequestHandler(base)))
	counts := map[string]int{}
	for number := 0; number < api.NumMethod(); number++ {
		if name := api.Type().Method(number).Name; isList(name) {
			counts[name] = count(name, api.Method(number), os.Args[4:])
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(counts)
}

func isList(name string) bool {
	return strings.HasPrefix(name, "List") && !strings.HasSuffix(name, "WithMetadata")
}

// sids are those of a service, a conversation, a user and a message.
func count(name string, list reflect.Value, sids []string) int {
	var arguments []reflect.Value
	if strings.HasPrefix(name, "ListService") && name != "ListService" {
		arguments = append(arguments, reflect.ValueOf(sids[0]))
	}
	parents := []string{sids[1], sids[3]}
	if strings.HasSuffix(name, "UserConversation") {
		parents = []string{sids[2]}
	}
	for _, parent := range parents {
		if len(arguments) < list.Type().NumIn()-1 {
			arguments = append(arguments, reflect.ValueOf(parent))
		}
	}
	params := reflect.New(list.Type().In(list.Type().NumIn() - 1).Elem())
	if strings.HasSuffix(name, "ParticipantConversation") {
		params.Elem().FieldByName("Identity").Set(reflect.ValueOf(&sids[2]))
	}
	answer := list.Call(append(arguments, params))
	if failure := answer[1]; !failure.IsNil() {
		fmt.Fprintln(os.Stderr, name, failure.Interface())
		os.Exit(1)
	}
	return answer[0].Len()
}

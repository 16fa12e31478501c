package endpointscaler_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	endpointscaler "headgate.io/sdk/go"
)

// table is what the Guards of all languages have in common.
type table struct {
	Endpoint string
	Cases    []struct {
		Name       string
		Active     *string
		FailClosed bool
		Allow      []string
		Path       string
		Served     bool
	}
	Refusal struct {
		Status      int
		Body        string
		RetryAfter  string
		ContentType string
	}
}

func sharedTable(t *testing.T) table {
	t.Helper()
	text, err := os.ReadFile("../testdata/guard-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var shared table
	if err := json.Unmarshal(text, &shared); err != nil {
		t.Fatal(err)
	}
	if len(shared.Cases) == 0 {
		t.Fatal("the shared table has no cases")
	}
	return shared
}

func activate(t *testing.T, active *string) {
	t.Helper()
	t.Setenv(endpointscaler.GuardrailVariable, "")
	if active == nil {
		os.Unsetenv(endpointscaler.GuardrailVariable)
		return
	}
	os.Setenv(endpointscaler.GuardrailVariable, *active)
}

func TestTheModuleNeedsNoOther(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "require") {
		t.Errorf("%s\nwhat guards plain HTTP must bring no dependency", text)
	}
}

func serves(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "served") }

func TestGuardAnswersAsTheSharedTableSays(t *testing.T) {
	shared := sharedTable(t)
	guards := map[string]func(...endpointscaler.Option) http.Handler{
		"Guard": func(options ...endpointscaler.Option) http.Handler {
			return endpointscaler.Guard(shared.Endpoint, http.HandlerFunc(serves), options...)
		},
		"GuardFunc": func(options ...endpointscaler.Option) http.Handler {
			return endpointscaler.GuardFunc(shared.Endpoint, serves, options...)
		},
	}
	for name, guard := range guards {
		for _, c := range shared.Cases {
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				activate(t, c.Active)
				options := []endpointscaler.Option{endpointscaler.Allow(c.Allow...)}
				if c.FailClosed {
					options = append(options, endpointscaler.FailClosed())
				}
				path := c.Path
				if path == "" {
					path = "/compute"
				}
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
					answer := httptest.NewRecorder()
					guard(options...).ServeHTTP(answer, httptest.NewRequest(method, path, nil))
					if c.Served {
						if answer.Code != http.StatusOK || answer.Body.String() != "served" {
							t.Errorf("%s %s: %d %q, want it served", method, path, answer.Code, answer.Body)
						}
						continue
					}
					headers := answer.Result().Header
					if answer.Code != shared.Refusal.Status || answer.Body.String() != shared.Refusal.Body ||
						headers.Get("Retry-After") != shared.Refusal.RetryAfter || headers.Get("Content-Type") != shared.Refusal.ContentType {
						t.Errorf("%s %s: %d %q %v, want %+v", method, path, answer.Code, answer.Body, headers, shared.Refusal)
					}
				}
			})
		}
	}
}

func TestIsActiveEndpoint(t *testing.T) {
	shared := sharedTable(t)
	for _, c := range shared.Cases {
		if len(c.Allow) > 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			activate(t, c.Active)
			var options []endpointscaler.Option
			if c.FailClosed {
				options = append(options, endpointscaler.FailClosed())
			}
			if got := endpointscaler.IsActiveEndpoint(shared.Endpoint, options...); got != c.Served {
				t.Errorf("IsActiveEndpoint = %v, want %v", got, c.Served)
			}
			want := ""
			if c.Active != nil {
				want = *c.Active
			}
			if got := endpointscaler.ActiveEndpoint(); got != want {
				t.Errorf("ActiveEndpoint = %q, want %q", got, want)
			}
		})
	}
}

func TestRetryAfterIsWholeSecondsRoundedUp(t *testing.T) {
	other := "search"
	activate(t, &other)
	for wait, want := range map[time.Duration]string{0: "0", time.Millisecond: "1", 1500 * time.Millisecond: "2", time.Minute: "60"} {
		answer := httptest.NewRecorder()
		guard := endpointscaler.GuardFunc("compute", serves, endpointscaler.RetryAfter(wait))
		guard.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := answer.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: Retry-After %q, want %q", wait, got, want)
		}
	}
}

func TestGuardsServeManyRequestsAtOnce(t *testing.T) {
	this := "compute"
	activate(t, &this)
	server := httptest.NewServer(endpointscaler.Guard("compute", http.HandlerFunc(serves), endpointscaler.Allow("/healthz")))
	defer server.Close()
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			answer, err := http.Get(server.URL + "/compute")
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if body, _ := io.ReadAll(answer.Body); string(body) != "served" {
				t.Errorf("answer %q", body)
			}
		}()
	}
	all.Wait()
}

// Package endpointscaler keeps the handlers of one endpoint to the pods that were started for it.
//
// The controller of EndpointPolicies starts the same image once for each endpoint and says in the environment variable
// ENDPOINTSCALER_GUARDRAIL which endpoint a pod is meant to serve. A guarded handler answers only there: in any other pod the answer is
// 503, so a request that went astray is noticed instead of being served by a pod of the wrong size. Without the variable, as on a
// developer's machine or in the application's own pods, everything is served.
package endpointscaler

import (
	"net/http"
	"os"
	"strconv"
	"time"
)

// GuardrailVariable is the environment variable that names the endpoint which this process serves.
const GuardrailVariable = "ENDPOINTSCALER_GUARDRAIL"

// NotActive is the body of a refusal, and the message of one over gRPC.
const NotActive = "endpoint not active"

const defaultRetryAfter = time.Second

// Option changes how a guard decides or answers.
type Option func(*settings)

type settings struct {
	failClosed bool
	allowed    map[string]bool
	retryAfter time.Duration
}

// FailClosed refuses where the variable is unset or empty, instead of serving everything.
func FailClosed() Option {
	return func(s *settings) { s.failClosed = true }
}

// Allow serves these paths in every pod, whatever endpoint it is meant for: paths of health probes and the like. A path must be the very
// same, without query, as the client sent it.
func Allow(paths ...string) Option {
	return func(s *settings) {
		for _, path := range paths {
			s.allowed[path] = true
		}
	}
}

// RetryAfter is what a refusal tells the client to wait, in whole seconds, rounded up; by default one second.
func RetryAfter(wait time.Duration) Option {
	return func(s *settings) { s.retryAfter = wait }
}

// Guard serves requests by handler where this process is meant for the endpoint, and answers 503 elsewhere.
func Guard(endpointID string, handler http.Handler, options ...Option) http.Handler {
	return GuardFunc(endpointID, handler.ServeHTTP, options...)
}

// GuardFunc is Guard for a plain function.
func GuardFunc(endpointID string, handler http.HandlerFunc, options ...Option) http.HandlerFunc {
	s := settingsOf(options)
	retryAfter := strconv.FormatInt(int64((s.retryAfter+time.Second-1)/time.Second), 10)
	return func(w http.ResponseWriter, r *http.Request) {
		if s.serves(endpointID) || s.allowed[r.URL.EscapedPath()] {
			handler(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(http.StatusServiceUnavailable)
		// The client has gone when this fails, and there is nobody left to tell.
		_, _ = w.Write([]byte(NotActive))
	}
}

// IsActiveEndpoint tells whether this process serves the endpoint: the variable names it, or is unset or empty and no option closes that.
// The variable is read at each call.
func IsActiveEndpoint(endpointID string, options ...Option) bool {
	return settingsOf(options).serves(endpointID)
}

// ActiveEndpoint is the endpoint that this process is meant for; empty: all of them.
func ActiveEndpoint() string {
	return os.Getenv(GuardrailVariable)
}

func (s settings) serves(endpointID string) bool {
	active := ActiveEndpoint()
	if active == "" {
		return !s.failClosed
	}
	return active == endpointID
}

func settingsOf(options []Option) settings {
	s := settings{allowed: map[string]bool{}, retryAfter: defaultRetryAfter}
	for _, option := range options {
		option(&s)
	}
	return s
}

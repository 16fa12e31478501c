package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	endpointscaler "headgate.io/sdk/go"
)

func TestEachPartIsServedWhereItBelongs(t *testing.T) {
	for active, served := range map[string]map[string]bool{
		"":       {"/hello": true, "/search/shoes": true, "/search": true, "/cart/1": true},
		"search": {"/hello": true, "/search/shoes": true, "/search": true, "/cart/1": false},
		"cart":   {"/hello": true, "/search/shoes": false, "/search": false, "/cart/1": true},
	} {
		t.Setenv(endpointscaler.GuardrailVariable, active)
		for path, want := range served {
			got := httptest.NewRecorder()
			shop().ServeHTTP(got, httptest.NewRequest(http.MethodGet, path, nil))
			if (got.Code == http.StatusOK) != want {
				t.Errorf("%q in a pod for %q: %d, want it served: %v", path, active, got.Code, want)
			}
		}
	}
}

// The HTTP half of the shop in Go: search and cart in one program. The Guard keeps each to the pods that were started for it.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	endpointscaler "headgate.io/sdk/go"
)

func main() {
	server := &http.Server{Addr: net.JoinHostPort(env("HOST", "127.0.0.1"), env("PORT", "8080")), Handler: shop()}
	ending, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ending.Done()
		// Gateways hear a moment later that this pod goes: until then it serves on.
		time.Sleep(time.Second)
		if err := server.Shutdown(context.Background()); err != nil {
			log.Print(err)
		}
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-ended
}

func shop() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", answer)
	for _, id := range []string{"search", "cart"} {
		guarded := endpointscaler.GuardFunc(id, answer)
		mux.Handle("/"+id, guarded)
		mux.Handle("/"+id+"/", guarded)
	}
	return mux
}

func answer(w http.ResponseWriter, r *http.Request) {
	endpoint := endpointscaler.ActiveEndpoint()
	if endpoint == "" {
		endpoint = "all"
	}
	w.Header().Set("Content-Type", "application/json")
	said := map[string]string{"pod": env("POD_NAME", "none"), "endpoint": endpoint, "asked": r.URL.Path}
	if err := json.NewEncoder(w).Encode(said); err != nil {
		log.Print(err)
	}
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

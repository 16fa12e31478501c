package grpcguard_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	endpointscaler "headgate.io/sdk/go"
	"headgate.io/sdk/go/grpcguard"
)

const service = "grpc.health.v1.Health"

// client talks to a health server behind the interceptors: Check is unary, Watch is a stream.
func client(t *testing.T, endpoints grpcguard.Endpoints, options ...endpointscaler.Option) healthpb.HealthClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer(
		grpc.UnaryInterceptor(grpcguard.UnaryServerInterceptor(endpoints, options...)),
		grpc.StreamInterceptor(grpcguard.StreamServerInterceptor(endpoints, options...)),
	)
	healthpb.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	dial := func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }
	connection, err := grpc.NewClient("passthrough:///guard", grpc.WithContextDialer(dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return healthpb.NewHealthClient(connection)
}

func callBoth(t *testing.T, c healthpb.HealthClient) (unary, stream error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, unary = c.Check(ctx, &healthpb.HealthCheckRequest{})
	watch, err := c.Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, stream = watch.Recv()
	return unary, stream
}

func TestInterceptorsAnswerAsTheSharedTableSays(t *testing.T) {
	text, err := os.ReadFile("../../testdata/guard-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var shared struct {
		Endpoint string
		Cases    []struct {
			Name       string
			Active     *string
			FailClosed bool
			Allow      []string
			Served     bool
		}
	}
	if err := json.Unmarshal(text, &shared); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, c := range shared.Cases {
		if len(c.Allow) > 0 {
			continue // Paths are HTTP's: over gRPC, what is served everywhere is what nobody names.
		}
		tried++
		t.Run(c.Name, func(t *testing.T) {
			t.Setenv(endpointscaler.GuardrailVariable, "")
			os.Unsetenv(endpointscaler.GuardrailVariable)
			if c.Active != nil {
				os.Setenv(endpointscaler.GuardrailVariable, *c.Active)
			}
			var options []endpointscaler.Option
			if c.FailClosed {
				options = append(options, endpointscaler.FailClosed())
			}
			unary, stream := callBoth(t, client(t, grpcguard.Endpoints{service: shared.Endpoint}, options...))
			for kind, got := range map[string]error{"unary": unary, "stream": stream} {
				if c.Served && got != nil {
					t.Errorf("%s: %v, want it served", kind, got)
				}
				if !c.Served && (status.Code(got) != codes.Unavailable || status.Convert(got).Message() != endpointscaler.NotActive) {
					t.Errorf("%s: %v, want UNAVAILABLE, %q", kind, got, endpointscaler.NotActive)
				}
			}
		})
	}
	if tried == 0 {
		t.Fatal("the shared table has no case for gRPC")
	}
}

func TestAMethodCountsBeforeItsServiceAndTheRestIsServed(t *testing.T) {
	t.Setenv(endpointscaler.GuardrailVariable, "check")
	unary, stream := callBoth(t, client(t, grpcguard.Endpoints{service: "other", service + "/Check": "check"}))
	if unary != nil || status.Code(stream) != codes.Unavailable {
		t.Errorf("Check: %v, Watch: %v; want Check served and Watch refused", unary, stream)
	}
	unary, stream = callBoth(t, client(t, grpcguard.Endpoints{"payments.PaymentService": "other"}))
	if unary != nil || stream != nil {
		t.Errorf("Check: %v, Watch: %v; want both served", unary, stream)
	}
}

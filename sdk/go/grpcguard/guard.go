// Package grpcguard keeps the methods of one endpoint to the pods that were started for it, for servers of google.golang.org/grpc.
package grpcguard

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	endpointscaler "headgate.io/sdk/go"
)

// Endpoints says which endpoint a method belongs to. A key is a service (payments.PaymentService) or one method of it
// (payments.PaymentService/ProcessPayment), which counts first; the value is the endpoint's id. What is not named, such as
// grpc.health.v1.Health, is served by every pod.
type Endpoints map[string]string

// UnaryServerInterceptor answers UNAVAILABLE to calls of methods that belong to another endpoint than this process serves. Of the
// options only FailClosed says something here: paths and Retry-After are HTTP's.
func UnaryServerInterceptor(endpoints Endpoints, options ...endpointscaler.Option) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if err := endpoints.refusal(info.FullMethod, options); err != nil {
			return nil, err
		}
		return handler(ctx, request)
	}
}

// StreamServerInterceptor is UnaryServerInterceptor for streams of any kind.
func StreamServerInterceptor(endpoints Endpoints, options ...endpointscaler.Option) grpc.StreamServerInterceptor {
	return func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		if err := endpoints.refusal(info.FullMethod, options); err != nil {
			return err
		}
		return handler(server, stream)
	}
}

func (endpoints Endpoints) refusal(fullMethod string, options []endpointscaler.Option) error {
	method := strings.TrimPrefix(fullMethod, "/")
	service, _, _ := strings.Cut(method, "/")
	id, guarded := endpoints[method]
	if !guarded {
		id, guarded = endpoints[service]
	}
	if !guarded || endpointscaler.IsActiveEndpoint(id, options...) {
		return nil
	}
	return status.Error(codes.Unavailable, endpointscaler.NotActive)
}

package netpolicy

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"k8s.io/apimachinery/pkg/labels"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Runtime is what is asked of containerd.
type Runtime interface {
	GetContainerEvents(context.Context, *runtime.GetEventsRequest, ...grpc.CallOption) (runtime.RuntimeService_GetContainerEventsClient, error)
	ListPodSandbox(context.Context, *runtime.ListPodSandboxRequest, ...grpc.CallOption) (*runtime.ListPodSandboxResponse, error)
	PodSandboxStatus(context.Context, *runtime.PodSandboxStatusRequest, ...grpc.CallOption) (*runtime.PodSandboxStatusResponse, error)
}

// connect needs no containerd yet: the one connection is made when something is asked, and again after containerd was away.
func connect(socket string) (Runtime, error) {
	often := backoff.DefaultConfig
	often.MaxDelay = time.Second
	conn, err := grpc.NewClient("unix://"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: often, MinConnectTimeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20))) // as kubelet's
	if err != nil {
		return nil, err
	}
	return runtime.NewRuntimeServiceClient(conn), nil
}

// sandboxes are the pods of this node as containerd has them. The API tells a pod's address only when its containers
// run, up to two seconds later; containerd tells it before the first of them is made.
type sandboxes struct {
	runtime Runtime
	changed func()

	mu     sync.Mutex
	known  map[string]Pod // by sandbox
	listed bool
}

// relist is how often what events may have missed is looked for.
const relist = time.Minute

// watch follows containerd until ctx ends. While containerd is away, what was known last stays.
func (s *sandboxes) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.follow(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("network policies: pods are not followed, will try again", "reason", err)
		}
		sleep(ctx, time.Second)
	}
}

func (s *sandboxes) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.runtime.GetContainerEvents(ctx, &runtime.GetEventsRequest{})
	if err != nil {
		return err
	}
	events, ended := make(chan *runtime.ContainerEventResponse), make(chan error, 1)
	go func() {
		for {
			e, err := stream.Recv()
			if err != nil {
				ended <- err
				return
			}
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	late := time.NewTicker(relist)
	defer late.Stop()
	if err := s.list(ctx); err != nil {
		return err
	}
	for {
		select {
		case e := <-events:
			s.handle(e)
		case <-late.C:
			if err := s.list(ctx); err != nil {
				return err
			}
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// list makes everything anew.
func (s *sandboxes) list(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, relist)
	defer cancel()
	ready := &runtime.PodSandboxFilter{State: &runtime.PodSandboxStateValue{State: runtime.PodSandboxState_SANDBOX_READY}}
	all, err := s.runtime.ListPodSandbox(ctx, &runtime.ListPodSandboxRequest{Filter: ready})
	if err != nil {
		return err
	}
	known := map[string]Pod{}
	for _, one := range all.Items {
		answer, err := s.runtime.PodSandboxStatus(ctx, &runtime.PodSandboxStatusRequest{PodSandboxId: one.Id})
		if status.Code(err) == codes.NotFound {
			continue // it has ended since
		}
		if err != nil {
			return err
		}
		if p, ok := podOf(answer.GetStatus()); ok {
			known[one.Id] = p
		}
	}
	s.mu.Lock()
	s.known, s.listed = known, true
	s.mu.Unlock()
	s.changed()
	return nil
}

// handle looks at what happens to a sandbox; containers in one do not matter.
func (s *sandboxes) handle(e *runtime.ContainerEventResponse) {
	id := e.ContainerId
	s.mu.Lock()
	_, known := s.known[id]
	switch e.ContainerEventType {
	case runtime.ContainerEventType_CONTAINER_STOPPED_EVENT, runtime.ContainerEventType_CONTAINER_DELETED_EVENT:
		delete(s.known, id)
	default:
		if p, ok := podOf(e.PodSandboxStatus); ok && !known && e.PodSandboxStatus.Id == id {
			s.known[id] = p
			known = true
		} else {
			known = false // nothing new
		}
	}
	s.mu.Unlock()
	if known {
		s.changed()
	}
}

// all is every pod of this node that has a network of its own, once that is known.
func (s *sandboxes) all() ([]Pod, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Pod
	for _, p := range s.known {
		out = append(out, p)
	}
	return out, s.listed
}

// podOf: a pod in the node's network has no address of its own.
func podOf(s *runtime.PodSandboxStatus) (Pod, bool) {
	p := Pod{Namespace: s.GetMetadata().GetNamespace(), Name: s.GetMetadata().GetName(), Local: true, Labels: labels.Set{}}
	if s.GetState() != runtime.PodSandboxState_SANDBOX_READY {
		return p, false
	}
	p.Address, _ = netip.ParseAddr(s.GetNetwork().GetIp())
	for name, value := range s.GetLabels() {
		if !strings.HasPrefix(name, "io.kubernetes.pod.") { // kubelet's own
			p.Labels[name] = value
		}
	}
	return p, p.Address.Is4()
}

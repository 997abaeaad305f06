package metricsserver

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"k3s-lab/k3s/internal/manifests"
)

// world is a cluster, and what was done in it.
type world struct {
	*testing.T
	kube    *fake.Clientset
	starter *Starter
	cancel  context.CancelFunc
	done    chan error
	imports int
}

// start begins with so many failures of the import.
func start(t *testing.T, dns bool, failures ...error) *world {
	t.Helper()
	w := &world{T: t, kube: fake.NewClientset(), done: make(chan error, 1)}
	w.starter = New(w.kube, "multi", dns, t.TempDir(), func(context.Context) error {
		if w.imports++; w.imports <= len(failures) {
			return failures[w.imports-1]
		}
		return nil
	})
	w.starter.pause, w.starter.every = 0, time.Millisecond
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	t.Cleanup(w.cancel)
	go func() { w.done <- w.starter.Run(ctx) }()
	return w
}

func (w *world) node(ready core.ConditionStatus) {
	w.Helper()
	node := &core.Node{ObjectMeta: meta.ObjectMeta{Name: "multi"},
		Status: core.NodeStatus{Conditions: []core.NodeCondition{{Type: core.NodeReady, Status: ready}}}}
	if err := w.kube.Tracker().Add(node); err != nil {
		w.Fatal(err)
	}
}

// deployment adds one whose generation is 2.
func (w *world) deployment(name string, observed int64, available core.ConditionStatus) {
	w.Helper()
	d := &apps.Deployment{ObjectMeta: meta.ObjectMeta{Name: name, Namespace: "kube-system", Generation: 2},
		Status: apps.DeploymentStatus{ObservedGeneration: observed, Conditions: []apps.DeploymentCondition{{Type: apps.DeploymentAvailable, Status: available}}}}
	if err := w.kube.Tracker().Add(d); err != nil {
		w.Fatal(err)
	}
}

// end waits until it has ended.
func (w *world) end() error {
	w.Helper()
	select {
	case err := <-w.done:
		return err
	case <-time.After(10 * time.Second):
		w.Fatal("it still runs")
		return nil
	}
}

// staged are the manifests there are after a while.
func (w *world) staged() string {
	w.Helper()
	time.Sleep(50 * time.Millisecond)
	files, err := manifests.Files(w.starter.Dir)
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".yaml"))
	}
	return strings.Join(names, " ")
}

func TestTheAPIServiceComesLast(t *testing.T) {
	w := start(t, true)
	w.node(core.ConditionTrue)
	if got := w.staged(); got != "" {
		t.Errorf("before CoreDNS is there: %s", got)
	}
	w.deployment("coredns", 2, core.ConditionTrue)
	const others = "aggregated-metrics-reader auth-delegator auth-reader metrics-server-deployment metrics-server-service resource-reader"
	for end := time.Now().Add(10 * time.Second); w.staged() != others; {
		if time.Now().After(end) {
			t.Fatalf("before it is available: %s", w.staged())
		}
	}
	w.deployment(component, 2, core.ConditionTrue)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if got := w.staged(); !strings.Contains(got, "metrics-apiservice") {
		t.Error(got)
	}
	if w.imports != 1 {
		t.Errorf("%d imports", w.imports)
	}
}

func TestWhatIsNotThereYet(t *testing.T) {
	for what, world := range map[string]func(*world){
		"no node":                    func(w *world) { w.deployment("coredns", 2, core.ConditionTrue) },
		"a node that is not Ready":   func(w *world) { w.node(core.ConditionFalse); w.deployment("coredns", 2, core.ConditionTrue) },
		"CoreDNS is not available":   func(w *world) { w.node(core.ConditionTrue); w.deployment("coredns", 2, core.ConditionFalse) },
		"CoreDNS of another release": func(w *world) { w.node(core.ConditionTrue); w.deployment("coredns", 1, core.ConditionTrue) },
	} {
		w := start(t, true)
		world(w)
		if got := w.staged(); got != "" || w.imports != 0 {
			t.Errorf("%s: %s, %d imports", what, got, w.imports)
		}
	}
}

func TestWithoutCoreDNS(t *testing.T) {
	w := start(t, false)
	w.node(core.ConditionTrue)
	w.deployment(component, 2, core.ConditionTrue)
	if err := w.end(); err != nil {
		t.Error(err)
	}
}

func TestItsImageIsTriedAgain(t *testing.T) {
	w := start(t, false, errors.New("cut short"), errors.New("cut short"))
	w.node(core.ConditionTrue)
	w.deployment(component, 2, core.ConditionTrue)
	if err := w.end(); err != nil || w.imports != 3 {
		t.Errorf("%v, %d imports", err, w.imports)
	}
}

func TestAManifestIsTriedAgain(t *testing.T) {
	w := start(t, false)
	blocked := filepath.Join(w.starter.Dir, component)
	if err := os.WriteFile(blocked, nil, 0o600); err != nil { // a file in place of the directory
		t.Fatal(err)
	}
	w.node(core.ConditionTrue)
	w.deployment(component, 2, core.ConditionTrue)
	time.Sleep(50 * time.Millisecond)
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	if err := w.end(); err != nil || w.imports != 1 {
		t.Errorf("%v, %d imports", err, w.imports)
	}
}

func TestWhatItWaitsForIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	w := start(t, true)
	w.node(core.ConditionTrue)
	w.staged()
	w.cancel()
	if err := w.end(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := log.String(); strings.Count(got, "coredns") != 1 || strings.Contains(got, "canceled") {
		t.Error(got)
	}
}

func TestManifestsAreComplete(t *testing.T) {
	objects := 0
	for _, name := range Manifests {
		b, err := manifests.Render(name, map[string]string{"METRICS_SERVER_IMAGE": Image})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "%{") {
			t.Errorf("%s: a variable is left", name)
		}
		got, err := manifests.Decode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		objects += len(got)
	}
	if objects != 9 {
		t.Errorf("%d objects", objects)
	}
	files, err := filepath.Glob("../manifests/packaged/metrics-server/*.yaml")
	if err != nil || len(files) != len(Manifests) {
		t.Errorf("%d files, %d are named, %v", len(files), len(Manifests), err)
	}
}

package parts

import (
	"context"
	"testing"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

func TestRolesAndPriorityClassesAreMadeOnce(t *testing.T) {
	ctx, kube := context.Background(), fake.NewClientset()
	for round := range 2 {
		kube.ClearActions()
		for _, ensure := range []func() error{
			func() error { return ensureRoles(ctx, kube) },
			func() error { return ensurePriorityClasses(ctx, kube) },
		} {
			if err := ensure(); err != nil {
				t.Fatal(err)
			}
		}
		written := 0
		for _, a := range kube.Actions() {
			if a.GetVerb() != "get" && a.GetResource().Resource != "priorityclasses" {
				written++
			}
		}
		if round == 0 && written < 100 || round == 1 && written > 0 {
			t.Errorf("round %d wrote %d objects", round, written)
		}
	}
	if _, err := kube.RbacV1().ClusterRoleBindings().Get(ctx, "system:node-proxier", meta.GetOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := kube.RbacV1().Roles("kube-system").Get(ctx, "extension-apiserver-authentication-reader", meta.GetOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := kube.SchedulingV1().PriorityClasses().Get(ctx, "system-cluster-critical", meta.GetOptions{}); err != nil {
		t.Error(err)
	}
}

// The names are upstream's: one that changes must not bring its wait back unseen.
func TestUpstreamsHooksAreReplaced(t *testing.T) {
	config := genericapiserver.NewConfig(legacyscheme.Codecs)
	if err := bootstrapAtOnce(config); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes"} {
		if !config.DisabledPostStartHooks.Has(name) {
			t.Errorf("%s still runs", name)
		}
	}
	if len(config.PostStartHooks) < 2 {
		t.Errorf("hooks: %d", len(config.PostStartHooks))
	}
}

package parts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-helpers/auth/rbac/reconciliation"
	scheduling "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
	policy "k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// bootstrapAtOnce puts two hooks in the place of upstream's, which do the same but first wait a second: nothing can
// be ready without the roles and the priority classes.
func bootstrapAtOnce(config *genericapiserver.Config) error {
	config.DisabledPostStartHooks.Insert(rbacrest.PostStartHookName, schedulingrest.PostStartHookName)
	return errors.Join(
		config.AddPostStartHook("k3s/bootstrap-roles", bootstrap(ensureRoles)),
		config.AddPostStartHook("k3s/bootstrap-priority-classes", bootstrap(ensurePriorityClasses)),
	)
}

// bootstrap tries until it succeeds; that it never does ends the API server, as with upstream's hooks.
func bootstrap(ensure func(context.Context, kubernetes.Interface) error) genericapiserver.PostStartHookFunc {
	return func(hook genericapiserver.PostStartHookContext) error {
		kube, err := kubernetes.NewForConfig(hook.LoopbackClientConfig)
		if err != nil {
			return err
		}
		var last error
		err = wait.PollUntilContextTimeout(hook, 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
			last = ensure(ctx, kube)
			return last == nil, nil
		})
		if err != nil {
			return fmt.Errorf("%w: %w", err, last)
		}
		return nil
	}
}

// ensureRoles creates upstream's roles and bindings, or adds what they lack. What only clusters from before
// Kubernetes 1.9 need moved is left out.
func ensureRoles(_ context.Context, kube kubernetes.Interface) error {
	var g errgroup.Group
	g.SetLimit(8)
	role := func(owner reconciliation.RuleOwner, client reconciliation.RuleOwnerModifier) {
		o := reconciliation.ReconcileRoleOptions{Role: owner, Client: client, Confirm: true}
		g.Go(func() error { _, err := o.Run(); return err })
	}
	binding := func(b reconciliation.RoleBinding, client reconciliation.RoleBindingModifier) {
		o := reconciliation.ReconcileRoleBindingOptions{RoleBinding: b, Client: client, Confirm: true}
		g.Go(func() error { _, err := o.Run(); return err })
	}
	rbac := kube.RbacV1()
	for _, r := range append(policy.ClusterRoles(), policy.ControllerRoles()...) {
		role(reconciliation.ClusterRoleRuleOwner{ClusterRole: &r}, reconciliation.ClusterRoleModifier{Client: rbac.ClusterRoles()})
	}
	for _, b := range append(policy.ClusterRoleBindings(), policy.ControllerRoleBindings()...) {
		binding(reconciliation.ClusterRoleBindingAdapter{ClusterRoleBinding: &b}, reconciliation.ClusterRoleBindingClientAdapter{Client: rbac.ClusterRoleBindings()})
	}
	namespaces := kube.CoreV1().Namespaces()
	for _, roles := range policy.NamespaceRoles() {
		for _, r := range roles {
			role(reconciliation.RoleRuleOwner{Role: &r}, reconciliation.RoleModifier{Client: rbac, NamespaceClient: namespaces})
		}
	}
	for _, bindings := range policy.NamespaceRoleBindings() {
		for _, b := range bindings {
			binding(reconciliation.RoleBindingAdapter{RoleBinding: &b}, reconciliation.RoleBindingClientAdapter{Client: rbac, NamespaceClient: namespaces})
		}
	}
	return g.Wait()
}

func ensurePriorityClasses(ctx context.Context, kube kubernetes.Interface) error {
	for _, class := range scheduling.SystemPriorityClasses() {
		_, err := kube.SchedulingV1().PriorityClasses().Create(ctx, class, meta.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

package tokencommand

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/spf13/cobra"

	"k3s-lab/k3s/internal/token"
)

var ca = []byte("the CA")

// run runs a subcommand against a cluster and returns what it prints.
func run(t *testing.T, kube kubernetes.Interface, args ...string) (string, error) {
	t.Helper()
	open := func() (kubernetes.Interface, []byte, error) { return kube, ca, nil }
	c := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
	c.AddCommand(create(open), remove(open), list(open), generate())
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.ExecuteContext(context.Background())
	return out.String(), err
}

func must(t *testing.T, kube kubernetes.Interface, args ...string) string {
	t.Helper()
	out, err := run(t, kube, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestCreateListDelete(t *testing.T) {
	kube := fake.NewClientset()
	out := must(t, kube, "create", "--ttl", "10m", "--description", "for a test", "abcdef.0123456789abcdef")
	if out != token.FormatBootstrap(ca, "abcdef.0123456789abcdef")+"\n" {
		t.Error(out)
	}
	must(t, kube, "create", "--ttl=0", "--usages=authentication", "--groups=system:bootstrappers:a,system:bootstrappers:b", "fedcba.0123456789abcdef")
	lines := strings.Split(must(t, kube, "list"), "\n")
	for i, want := range []string{
		`^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS$`,
		`^abcdef +9m +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +authentication,signing +for a test +system:bootstrappers:k3s:default-node-token$`,
		`^fedcba +<forever> +<never> +authentication +<none> +system:bootstrappers:a,system:bootstrappers:b$`,
		`^$`,
	} {
		if !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("%q, want %s", lines[i], want)
		}
	}
	var listed []struct{ Token, Description, Expires string }
	if err := json.Unmarshal([]byte(must(t, kube, "list", "-o", "json")), &listed); err != nil || len(listed) != 2 ||
		listed[0].Token != "abcdef.0123456789abcdef" || listed[0].Expires == "" || listed[1].Expires != "" {
		t.Errorf("%+v, %v", listed, err)
	}
	if out := must(t, kube, "list", "--output=yaml"); !strings.Contains(out, "description: for a test") {
		t.Error(out)
	}
	if _, err := run(t, kube, "list", "-o", "wide"); err == nil || !strings.Contains(err.Error(), "invalid output format: wide") {
		t.Error(err)
	}
	out = must(t, kube, "delete", "abcdef", token.FormatBootstrap(ca, "fedcba.0123456789abcdef"))
	if out != "bootstrap token \"abcdef\" deleted\nbootstrap token \"fedcba\" deleted\n" {
		t.Error(out)
	}
	secrets, err := kube.CoreV1().Secrets("kube-system").List(context.Background(), meta.ListOptions{})
	if err != nil || len(secrets.Items) != 0 {
		t.Errorf("%d are left, %v", len(secrets.Items), err)
	}
}

func TestCreateRefuses(t *testing.T) {
	kube := fake.NewClientset()
	must(t, kube, "create", "abcdef.0123456789abcdef")
	for want, args := range map[string][]string{
		"was not of the form":           {"create", "a password"},
		"already exists":                {"create", "abcdef.0123456789abcdef"},
		"invalid bootstrap token us":    {"create", "--usages=nonsense"},
		"\"system:masters\" is invalid": {"create", "--groups=system:masters"},
		"invalid argument":              {"create", "--ttl=soon"},
	} {
		if _, err := run(t, kube, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func TestDeleteRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"requires at least 1 arg":    {"delete"},
		"given token didn't match":   {"delete", "K10abc::node:x"},
		`delete bootstrap token "ab`: {"delete", "abcdef"},
	} {
		if _, err := run(t, fake.NewClientset(), args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func TestGenerate(t *testing.T) {
	a, b := must(t, nil, "generate"), must(t, nil, "generate")
	if !regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}\n$`).MatchString(a) || a == b {
		t.Errorf("%q, %q", a, b)
	}
}

func TestUnknownCommand(t *testing.T) {
	c := New(func(string) string { return "" })
	c.SetArgs([]string{"nonsense"})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), `unknown command "nonsense"`) {
		t.Error(err)
	}
}

package crictl

import (
	"bytes"
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestRefusals(t *testing.T) {
	for args, want := range map[string]string{
		"frobnicate":    `unknown command "frobnicate"`,
		"pods --wide":   "wide",
		"pods x":        `unexpected argument "x"`,
		"images -o xml": "neither table nor json",
		"pull":          "an argument is missing",
		"exec abc":      "want ID COMMAND",
		"-x pods":       "-x",
	} {
		err := Run(strings.Fields(args), nil, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
}

func TestHelp(t *testing.T) {
	out := &bytes.Buffer{}
	if err := Run(nil, nil, out, out); err != nil || !strings.Contains(out.String(), "inspecti IMAGE") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestList(t *testing.T) {
	m := &cri.ListPodSandboxResponse{Items: []*cri.PodSandbox{{Id: "abc", State: cri.PodSandboxState_SANDBOX_READY}}}
	for _, c := range []struct {
		s    session
		want string
	}{
		{session{quiet: true}, "abc\n"},
		{session{output: "json"}, `"state":`},
		{session{output: "table"}, "POD ID    STATE\nabc       Ready\n"},
	} {
		out := &bytes.Buffer{}
		c.s.out = out
		if err := c.s.list(m, []string{"abc"}, "POD ID|STATE", [][]any{{"abc", state("SANDBOX_READY")}}); err != nil || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: %q, want %q", err, out, c.want)
		}
	}
}

func TestInteractiveTerminal(t *testing.T) {
	s := &session{}
	if err := s.parse("exec", []string{"-it", "id", "sh", "-c", "x"}); err != nil || !s.stdin || !s.tty || s.flags.NArg() != 4 {
		t.Errorf("%v, %+v", err, s)
	}
}

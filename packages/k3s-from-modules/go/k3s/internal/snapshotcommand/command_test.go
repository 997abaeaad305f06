package snapshotcommand

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs the command with a configuration that names the directory, in which are these snapshots.
func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	os.WriteFile(file, []byte("node-name: server-1\netcd-snapshot-retention: 2\netcd-snapshot-dir: "+dir+"\n"), 0o600)
	c := New(func(name string) string { return map[string]string{"K3S_CONFIG_FILE": file}[name] })
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs(args)
	err := c.Execute()
	return out.String(), err
}

func filled(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"on-demand-server-1-1700000001", "on-demand-server-1-1700000002", "on-demand-server-1-1700000003"} {
		os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o600)
	}
	return dir
}

func TestListsInK3sForms(t *testing.T) {
	dir := filled(t)
	out, err := run(t, dir, "ls")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if got := strings.Join(strings.Fields(lines[0]), " "); got != "Name Location Size Created" || len(lines) != 4 {
		t.Error(out)
	}
	first := "on-demand-server-1-1700000001 file://" + dir + "/on-demand-server-1-1700000001 7 2023-11-14T"
	if got := strings.Join(strings.Fields(lines[1]), " "); !strings.HasPrefix(got, first) {
		t.Error(got)
	}
	for format, want := range map[string]string{"json": `"snapshotName":"on-demand-server-1-1700000003"`, "yaml": "snapshotName: on-demand-server-1-1700000003"} {
		if out, err := run(t, dir, "list", "-o", format); err != nil || !strings.Contains(out, want) {
			t.Error(format, out, err)
		}
	}
}

func TestDeletesAndPrunes(t *testing.T) {
	dir := filled(t)
	if out, err := run(t, dir, "prune"); err != nil || out != "Snapshot on-demand-server-1-1700000001 deleted.\n" {
		t.Error(out, err)
	}
	if out, err := run(t, dir, "delete", "on-demand-server-1-1700000002"); err != nil || out != "Snapshot on-demand-server-1-1700000002 deleted.\n" {
		t.Error(out, err)
	}
	if out, err := run(t, dir, "prune", "--snapshot-retention=1"); err != nil || out != "" {
		t.Error(out, err)
	}
}

func TestRefusals(t *testing.T) {
	dir := filled(t)
	for want, args := range map[string][]string{
		"no snapshots given for removal":  {"delete"},
		"1 of 1 snapshots were not found": {"delete", "nothing"},
		"invalid output format: wide":     {"ls", "-o", "wide"},
		"etcd database not found in":      {"save", "--data-dir", dir},
		`unknown command "nonsense"`:      {"nonsense"},
		"unknown flag: --s3":              {"save", "--s3"},
	} {
		if _, err := run(t, dir, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}

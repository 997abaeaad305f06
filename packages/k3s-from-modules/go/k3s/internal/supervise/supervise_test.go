package supervise

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func shell(out *buffer) *Supervisor {
	return &Supervisor{Executable: "/bin/sh", Out: out, Limits: Limits{Restarts: 4, Within: time.Minute, Pause: time.Millisecond, Grace: 2 * time.Second}}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never saw: " + what)
}

func TestPartIsStartedAgain(t *testing.T) {
	marker, out := filepath.Join(t.TempDir(), "ran"), &buffer{}
	s := shell(out)
	s.Start(Part{Name: "part", Args: []string{"-c", "if [ -e " + marker + " ]; then echo back; sleep 100; fi; touch " + marker + "; exit 3"}})
	eventually(t, "the second run", func() bool { return strings.Contains(out.String(), "part: back\n") })
	s.Stop()
	select {
	case err := <-s.Failed():
		t.Error(err)
	default:
	}
}

func TestPartThatKeepsEndingIsGivenUp(t *testing.T) {
	s := shell(&buffer{})
	s.Start(Part{Name: "part", Args: []string{"-c", "exit 7"}})
	select {
	case err := <-s.Failed():
		if !strings.Contains(err.Error(), "part ended 4 times") || !strings.Contains(err.Error(), "exit status 7") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not given up")
	}
	s.Stop()
}

func TestStopGoesBackwards(t *testing.T) {
	out := &buffer{}
	s := shell(out)
	for _, name := range []string{"first", "second"} {
		s.Start(Part{Name: name, Args: []string{"-c", `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done`}})
		eventually(t, name, func() bool { return strings.Contains(out.String(), name+": up") })
	}
	s.Stop()
	got := out.String()
	if i, j := strings.Index(got, "second: bye"), strings.Index(got, "first: bye"); i < 0 || j < i {
		t.Errorf("order: %q", got)
	}
}

func TestNothingIsStartedAfterStop(t *testing.T) {
	out := &buffer{}
	s := shell(out)
	ready := filepath.Join(t.TempDir(), "ready")
	s.Start(Part{Name: "slow", Args: []string{"-c", "trap 'sleep 0.3; exit' TERM; touch " + ready + "; while :; do sleep 0.01; done"}})
	eventually(t, "slow began", func() bool { _, err := os.Stat(ready); return err == nil })
	stopped := make(chan struct{})
	go func() { s.Stop(); close(stopped) }()
	time.Sleep(50 * time.Millisecond) // While Stop waits for the part.
	s.Start(Part{Name: "late", Args: []string{"-c", "echo began"}})
	<-stopped
	s.Start(Part{Name: "later", Args: []string{"-c", "echo began"}})
	time.Sleep(100 * time.Millisecond)
	if said := out.String(); strings.Contains(said, "began") {
		t.Error("was started: " + said)
	}
}

func TestDeafPartIsKilled(t *testing.T) {
	out := &buffer{}
	s := shell(out)
	s.Limits.Grace = 100 * time.Millisecond
	s.Start(Part{Name: "deaf", Args: []string{"-c", `trap '' TERM; echo up; while :; do sleep 0.02; done`}})
	eventually(t, "start", func() bool { return strings.Contains(out.String(), "up") })
	t0 := time.Now()
	s.Stop()
	if d := time.Since(t0); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestLogTakesTheOutput(t *testing.T) {
	log := &buffer{}
	s := shell(&buffer{})
	s.Start(Part{Name: "part", Args: []string{"-c", "echo hello; echo there >&2; sleep 100"}, Log: log})
	eventually(t, "both lines", func() bool { return log.String() == "hello\nthere\n" })
	s.Stop()
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDiskDoesNotEndAPart(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "went-on")
	s := shell(&buffer{})
	// A closed pipe would end it at the second line.
	s.Start(Part{Name: "part", Args: []string{"-c", "echo one; sleep 0.3; echo two; sleep 0.3; echo three; touch " + marker + "; sleep 100"}, Log: full{}})
	eventually(t, "the part going on", func() bool { _, err := os.Stat(marker); return err == nil })
	s.Stop()
}

func TestPartIsStartedAgainThoughWhatItLeftBehindHoldsItsOutput(t *testing.T) {
	marker, log := filepath.Join(t.TempDir(), "ran"), &buffer{}
	s := shell(&buffer{})
	s.Limits.Grace = 200 * time.Millisecond
	s.Start(Part{Name: "part", Args: []string{"-c", "if [ -e " + marker + " ]; then echo back; sleep 100; fi; touch " + marker + "; sleep 60 & exit 3"}, Log: log})
	eventually(t, "the second run", func() bool { return log.String() == "back\n" })
	s.Stop()
}

func TestFilesAreInherited(t *testing.T) {
	file := filepath.Join(t.TempDir(), "content")
	os.WriteFile(file, []byte("inherited\n"), 0o600)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &buffer{}
	s := shell(out)
	s.Start(Part{Name: "part", Args: []string{"-c", "cat <&3; sleep 100"}, Files: []*os.File{f}})
	eventually(t, "the file's content", func() bool { return strings.Contains(out.String(), "part: inherited\n") })
	s.Stop()
}

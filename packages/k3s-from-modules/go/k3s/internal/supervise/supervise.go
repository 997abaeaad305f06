// Package supervise runs the parts of the program as processes of their own and keeps them running.
package supervise

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Part is one process to keep running.
type Part struct {
	Name string
	Args []string
	Env  []string
	// Open files that each of its processes inherits, as descriptor 3 and up. A socket among them takes connections
	// from its first moment on, also while the part is being started again.
	Files []*os.File
	// It also ends where nothing is wrong with it, after a while: what it depends on is away. It is started again for ever,
	// unless it ends soon after it began.
	Enduring bool
	// Takes what it prints; what cannot be written there is lost. nil: lines go to the supervisor's output, after the part's name.
	Log io.Writer
}

// Supervisor starts parts, starts them again when they end, and stops them in the reverse order.
type Supervisor struct {
	Executable string // every part is this program, under the part's name
	Out        io.Writer
	Limits     Limits

	once      sync.Once
	failed    chan error
	mu        sync.Mutex
	stops     []func()
	isStopped bool
}

// Limits say when a part that keeps ending is given up.
type Limits struct {
	Restarts int           // this many ends ...
	Within   time.Duration // ... in this time are too many
	Pause    time.Duration // before the first restart; doubled for each further one
	Grace    time.Duration // from SIGTERM to SIGKILL
	Soon     time.Duration // after its beginning; later ends of an enduring part are not counted
}

// DefaultLimits give a part about ten seconds to come back.
func DefaultLimits() Limits {
	return Limits{Restarts: 6, Within: time.Minute, Pause: 200 * time.Millisecond, Grace: 10 * time.Second, Soon: 5 * time.Second}
}

func (s *Supervisor) init() { s.once.Do(func() { s.failed = make(chan error, 1) }) }

// Failed reports the first part that was given up.
func (s *Supervisor) Failed() <-chan error {
	s.init()
	return s.failed
}

// Start runs a part until Stop. After Stop has begun it does nothing: the process would outlive the supervisor, and hold the
// ports that the next one's part needs.
func (s *Supervisor) Start(p Part) {
	s.init()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isStopped {
		return
	}
	slog.Info("Running " + p.Name + " " + strings.Join(p.Args, " ")) // in K3s' words, which tools wait for
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The kernel sends Pdeathsig when the thread ends that started the child: keep it.
		runtime.LockOSThread()
		s.keep(ctx, p)
	}()
	s.stops = append(s.stops, func() { cancel(); <-done })
}

func (s *Supervisor) keep(ctx context.Context, p Part) {
	var ends []time.Time
	for {
		began := time.Now()
		err := s.run(ctx, p)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		if p.Enduring && now.Sub(began) > s.Limits.Soon {
			ends = nil
		}
		for len(ends) > 0 && now.Sub(ends[0]) > s.Limits.Within {
			ends = ends[1:]
		}
		ends = append(ends, now)
		if len(ends) >= s.Limits.Restarts {
			slog.Error("part keeps ending, giving up", "part", p.Name, "ends", len(ends), "within", s.Limits.Within, "reason", err)
			select {
			case s.failed <- fmt.Errorf("%s ended %d times within %v: %w", p.Name, len(ends), s.Limits.Within, err):
			default:
			}
			return
		}
		pause := s.Limits.Pause << (len(ends) - 1)
		slog.Error("part ended, starting it again", "part", p.Name, "reason", err, "in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Supervisor) run(ctx context.Context, p Part) error {
	c := exec.CommandContext(ctx, s.Executable, p.Args...)
	c.Args[0] = p.Name
	c.Env = append(environment(), p.Env...)
	c.ExtraFiles = p.Files
	// A group of its own, so that Ctrl-C on a terminal reaches us only and the order of Stop holds.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = s.Limits.Grace
	if p.Log != nil {
		log := lossyWriter{p.Log}
		c.Stdout, c.Stderr = log, log
	} else {
		lines := &lineWriter{prefix: p.Name + ": ", out: s.Out}
		c.Stdout, c.Stderr = lines, lines
		defer lines.flush()
	}
	if err := c.Run(); err != nil {
		return err
	}
	return fmt.Errorf("exit status 0")
}

// Stop ends every part, the last started first, and waits for each. It is for good.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isStopped = true
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil
}

// environment is this process' own, without what lets a part speak to systemd in its name.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NOTIFY_SOCKET=") })
}

// Package crictl is the part of crictl's command line that people use, over kubelet's own CRI client.
package crictl

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
	criclient "k8s.io/cri-client/pkg"

	"k3s-lab/k3s/internal/layout"
)

const usage = `crictl [-r ENDPOINT] COMMAND, a small one that comes with this k3s:
  pods | ps [-a] | images      [-q] [-o table|json]
  pull IMAGE | rmi IMAGE...
  inspect ID | inspectp ID | inspecti IMAGE
  logs [-f] [--tail N] ID
  exec [-i] [-t] ID COMMAND...
  stop ID... | rm [-f] ID... | stopp ID... | rmp [-f] ID...
  info | version`

type session struct {
	runtime internalapi.RuntimeService
	images  internalapi.ImageManagerService
	in      io.Reader
	out     io.Writer
	err     io.Writer

	flags                     *flag.FlagSet
	all, quiet, follow, force bool
	stdin, tty                bool
	output                    string
	tail                      int64
}

var commands = map[string]func(*session, context.Context) error{
	"pods": (*session).pods, "ps": (*session).containers, "images": (*session).listImages, "image": (*session).listImages,
	"pull": (*session).pull, "rmi": (*session).removeImages,
	"inspect": (*session).inspect, "inspectp": (*session).inspectPod, "inspecti": (*session).inspectImage,
	"logs": (*session).logs, "exec": (*session).exec,
	"stop": (*session).stop, "rm": (*session).remove, "stopp": (*session).stopPods, "rmp": (*session).removePods,
	"info": (*session).info, "version": (*session).version,
}

// Run runs one command.
func Run(args []string, in io.Reader, out, errOut io.Writer) error {
	global := flag.NewFlagSet("crictl", flag.ContinueOnError)
	global.SetOutput(io.Discard)
	endpoint := global.String("r", "unix://"+layout.ContainerdSocket, "")
	global.StringVar(endpoint, "runtime-endpoint", *endpoint, "")
	if err := global.Parse(args); errors.Is(err, flag.ErrHelp) || err == nil && global.NArg() == 0 {
		fmt.Fprintln(out, usage)
		return nil
	} else if err != nil {
		return err
	}
	name := global.Arg(0)
	command, ok := commands[name]
	if !ok {
		return fmt.Errorf("unknown command %q; there is:\n%s", name, usage)
	}
	s := &session{in: in, out: out, err: errOut}
	if err := s.parse(name, global.Args()[1:]); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if s.runtime, err = criclient.NewRemoteRuntimeService(*endpoint, 10*time.Second, nil, nil); err != nil {
		return fmt.Errorf("%s: %w", *endpoint, err)
	}
	if s.images, err = criclient.NewRemoteImageService(*endpoint, 10*time.Minute, nil, nil); err != nil {
		return fmt.Errorf("%s: %w", *endpoint, err)
	}
	return command(s, ctx)
}

// parse knows each command's flags; a flag another command has is an error here.
func (s *session) parse(name string, args []string) error {
	s.flags = flag.NewFlagSet(name, flag.ContinueOnError)
	s.flags.SetOutput(io.Discard)
	switch name {
	case "pods", "ps", "images", "image":
		both(s.flags.BoolVar, &s.quiet, "q", "quiet")
		s.flags.StringVar(&s.output, "o", "table", "")
		s.flags.StringVar(&s.output, "output", "table", "")
		if name == "ps" {
			both(s.flags.BoolVar, &s.all, "a", "all")
		}
	case "inspect", "inspectp", "inspecti", "info", "version":
		s.flags.StringVar(&s.output, "o", "json", "")
		s.flags.StringVar(&s.output, "output", "json", "")
	case "logs":
		both(s.flags.BoolVar, &s.follow, "f", "follow")
		s.flags.Int64Var(&s.tail, "tail", -1, "")
	case "exec":
		both(s.flags.BoolVar, &s.stdin, "i", "interactive")
		both(s.flags.BoolVar, &s.tty, "t", "tty")
	case "rm", "rmp":
		both(s.flags.BoolVar, &s.force, "f", "force")
	}
	if err := s.flags.Parse(spread(name, args)); err != nil {
		return err
	}
	if s.output != "" && s.output != "table" && s.output != "json" {
		return fmt.Errorf("output %q is neither table nor json", s.output)
	}
	switch name {
	case "pods", "ps", "images", "image", "info", "version":
		if s.flags.NArg() != 0 {
			return fmt.Errorf("unexpected argument %q", s.flags.Arg(0))
		}
	case "exec":
		if s.flags.NArg() < 2 {
			return errors.New("want ID COMMAND...")
		}
	default:
		if s.flags.NArg() == 0 {
			return errors.New("an argument is missing")
		}
	}
	return nil
}

func both(add func(*bool, string, bool, string), to *bool, short, long string) {
	add(to, short, false, "")
	add(to, long, false, "")
}

// spread splits -it into -i -t, as people write it.
func spread(name string, args []string) []string {
	if name != "exec" || len(args) == 0 {
		return args
	}
	if args[0] == "-it" || args[0] == "-ti" {
		return append([]string{"-i", "-t"}, args[1:]...)
	}
	return args
}

func trim(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(13, len(id))]
}

func age(ns int64) string {
	return time.Since(time.Unix(0, ns)).Round(time.Second).String() + " ago"
}

package crictl

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/logs"
	"k8s.io/kubectl/pkg/util/term"
)

func (s *session) pull(ctx context.Context) error {
	for _, image := range s.flags.Args() {
		id, err := s.images.PullImage(ctx, &cri.ImageSpec{Image: image}, nil, nil)
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, "Image is up to date for", id)
	}
	return nil
}

func (s *session) removeImages(ctx context.Context) error {
	return s.each(func(image string) error { return s.images.RemoveImage(ctx, &cri.ImageSpec{Image: image}) })
}

func (s *session) each(do func(string) error) error {
	for _, arg := range s.flags.Args() {
		if err := do(arg); err != nil {
			return fmt.Errorf("%s: %w", arg, err)
		}
		fmt.Fprintln(s.out, arg)
	}
	return nil
}

func (s *session) stop(ctx context.Context) error {
	return s.each(func(id string) error { return s.runtime.StopContainer(ctx, id, 0) })
}

func (s *session) remove(ctx context.Context) error {
	return s.each(func(id string) error {
		if s.force {
			if err := s.runtime.StopContainer(ctx, id, 0); err != nil {
				return err
			}
		}
		return s.runtime.RemoveContainer(ctx, id)
	})
}

func (s *session) stopPods(ctx context.Context) error {
	return s.each(func(id string) error { return s.runtime.StopPodSandbox(ctx, id) })
}

func (s *session) removePods(ctx context.Context) error {
	return s.each(func(id string) error {
		if s.force {
			if err := s.runtime.StopPodSandbox(ctx, id); err != nil {
				return err
			}
		}
		return s.runtime.RemovePodSandbox(ctx, id)
	})
}

func (s *session) inspect(ctx context.Context) error {
	for _, id := range s.flags.Args() {
		r, err := s.runtime.ContainerStatus(ctx, id, true)
		if err != nil {
			return err
		}
		if err := s.json(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) inspectPod(ctx context.Context) error {
	for _, id := range s.flags.Args() {
		r, err := s.runtime.PodSandboxStatus(ctx, id, true)
		if err != nil {
			return err
		}
		if err := s.json(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) inspectImage(ctx context.Context) error {
	for _, image := range s.flags.Args() {
		r, err := s.images.ImageStatus(ctx, &cri.ImageSpec{Image: image}, true)
		if err != nil {
			return err
		}
		if r.Image == nil {
			return fmt.Errorf("no such image %q", image)
		}
		if err := s.json(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) info(ctx context.Context) error {
	r, err := s.runtime.Status(ctx, true)
	if err != nil {
		return err
	}
	return s.json(r)
}

func (s *session) version(ctx context.Context) error {
	r, err := s.runtime.Version(ctx, "")
	if err != nil {
		return err
	}
	return s.json(r)
}

func (s *session) logs(ctx context.Context) error {
	id := s.flags.Arg(0)
	r, err := s.runtime.ContainerStatus(ctx, id, false)
	if err != nil {
		return err
	}
	options := &core.PodLogOptions{Follow: s.follow}
	if s.tail >= 0 {
		options.TailLines = &s.tail
	}
	return logs.ReadLogs(ctx, nil, r.Status.LogPath, r.Status.Id, logs.NewLogOptions(options, time.Now()), s.runtime, s.out, s.err)
}

func (s *session) exec(ctx context.Context) error {
	r, err := s.runtime.Exec(ctx, &cri.ExecRequest{ContainerId: s.flags.Arg(0), Cmd: s.flags.Args()[1:], Stdin: s.stdin, Tty: s.tty, Stdout: true, Stderr: !s.tty})
	if err != nil {
		return err
	}
	u, err := url.Parse(r.Url)
	if err != nil {
		return err
	}
	// containerd's streaming server listens on this machine's loopback.
	executor, err := remotecommand.NewSPDYExecutor(&rest.Config{}, "POST", u)
	if err != nil {
		return err
	}
	options := remotecommand.StreamOptions{Stdout: s.out, Tty: s.tty}
	if !s.tty {
		options.Stderr = s.err
	}
	if s.stdin {
		options.Stdin = s.in
	}
	tty := term.TTY{In: os.Stdin, Out: os.Stdout, Raw: s.tty && s.stdin}
	if s.tty {
		options.TerminalSizeQueue = tty.MonitorSize(tty.GetSize())
	}
	return tty.Safe(func() error { return executor.StreamWithContext(ctx, options) })
}

package agent

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"text/template"
	"time"

	containerd "github.com/containerd/containerd/v2/client"
	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/dirwatch"
	"k3s-lab/k3s/internal/images"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/registries"
	"k3s-lab/k3s/internal/supervise"
)

//go:embed containerd.toml.tmpl
var containerdTemplate string

// RegistryAuth is a login that containerd's own configuration holds.
type RegistryAuth struct {
	Host string
	registries.Auth
}

type runtimeConfig struct {
	Root, State, Socket, Certs, CNIConfig, CNIBin, Pause string
	SystemdCgroup, RestrictOOM, Debug                    bool
	Auths                                                []RegistryAuth
}

func containerdConfig(c *config.Node, h Host, binDir string, f *registries.File) ([]byte, error) {
	r := runtimeConfig{
		Root: c.Data.ContainerdRoot(), State: layout.ContainerdState, Socket: layout.ContainerdSocket,
		Certs: c.Data.Certs(), CNIConfig: filepath.Dir(c.Data.CNIConfig()), CNIBin: binDir, Pause: c.PauseImage,
		SystemdCgroup: h.SystemdCgroup, RestrictOOM: h.RestrictOOM, Debug: c.Debug,
	}
	for host, config := range f.Configs {
		if config.Auth != nil {
			r.Auths = append(r.Auths, RegistryAuth{host, *config.Auth})
		}
	}
	sort.Slice(r.Auths, func(i, j int) bool { return r.Auths[i].Host < r.Auths[j].Host })
	t, err := template.New("config.toml").Parse(containerdTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}

func (a *Agent) writeRuntimeConfig() error {
	data := a.Config.Data
	templates, err := filepath.Glob(filepath.Join(data.ContainerdTemplates(), "*.toml.tmpl"))
	if err == nil && len(templates) != 0 {
		return fmt.Errorf("%s: templates of containerd's configuration are not supported by this binary", templates[0])
	}
	f, err := registries.Read(a.Config.Registries)
	if err != nil {
		return err
	}
	hosts, err := f.Hosts(a.Config.NoDefaultEndpoint)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Config.Registries, err)
	}
	if err := registries.Write(data.Certs(), hosts); err != nil {
		return err
	}
	b, err := containerdConfig(a.Config, a.host, a.BinDir, f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(data.CNIConfig()), 0o700); err != nil {
		return err
	}
	return pki.WriteFile(data.ContainerdConfig(), b, 0o600)
}

// StartRuntime starts containerd and, as soon as it answers, the import of images, now and whenever one appears.
func (a *Agent) StartRuntime(ctx context.Context) error {
	data := a.Config.Data
	log, err := boundedLog(data.ContainerdLog())
	if err != nil {
		return err
	}
	a.Supervisor.Start(supervise.Part{Name: "containerd", Log: log, Env: a.ProxyEnv,
		Args: []string{"--config", data.ContainerdConfig()}})
	importer := &images.Importer{Socket: layout.ContainerdSocket, Dir: data.Images(), Record: data.ImportedImages()}
	a.runtime, a.images, a.importer = make(chan struct{}), make(chan struct{}), importer
	go func() {
		if err := awaitContainerd(ctx); err != nil {
			return
		}
		close(a.runtime)
		var first sync.Once
		err := dirwatch.Watch(ctx, importer.Dir, func(ctx context.Context) error {
			defer first.Do(func() { close(a.images) })
			return importer.Import(ctx)
		})
		if err != nil {
			slog.Error("images are not imported", "dir", importer.Dir, "reason", err)
			first.Do(func() { close(a.images) })
		}
	}()
	return nil
}

// ImportRest imports the archives for which no node waits.
func (a *Agent) ImportRest(ctx context.Context) error { return a.importer.ImportRest(ctx) }

// awaitContainerd: it serves before it has found its pods again, and until then refuses a kubelet, which would end.
func awaitContainerd(ctx context.Context) error {
	for {
		if _, err := os.Stat(layout.ContainerdSocket); err == nil {
			if client, err := containerd.New(layout.ContainerdSocket); err == nil {
				_, err := cri.NewRuntimeServiceClient(client.Conn().(grpc.ClientConnInterface)).Version(ctx, &cri.VersionRequest{})
				client.Close()
				if err == nil {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

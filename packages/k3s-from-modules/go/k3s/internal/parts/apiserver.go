package parts

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	logsapi "k8s.io/component-base/logs/api/v1"
	app "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"

	"k3s-lab/k3s/internal/join"
)

// apiserver is kube-apiserver's own command with /ping, /cacerts and the join request put before its
// authentication, so that one TLS port serves both and client certificates still reach the API server.
func apiserver() *cobra.Command {
	s := options.NewServerRunOptions()
	cmd := &cobra.Command{
		Use: "kube-apiserver", SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return serveAPI(s) },
	}
	for _, f := range s.Flags().FlagSets {
		cmd.Flags().AddFlagSet(f)
	}
	return cmd
}

func serveAPI(s *options.ServerRunOptions) error {
	ctx := genericapiserver.SetupSignalContext()
	go exitSoon(ctx)
	if err := s.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	if err := logsapi.ValidateAndApply(s.Logs, nil); err != nil {
		return err
	}
	completed, err := s.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return utilerrors.NewAggregate(errs)
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return err
	}
	if err := putJoinFirst(&config.Aggregator.GenericConfig.Config); err != nil {
		return err
	}
	if err := bootstrapAtOnce(config.KubeAPIs.ControlPlane.Generic); err != nil {
		return err
	}
	complete, err := config.Complete()
	if err != nil {
		return err
	}
	chain, err := app.CreateServerChain(complete)
	if err != nil {
		return err
	}
	prepared, err := chain.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

func putJoinFirst(config *genericapiserver.Config) error {
	server, err := join.FromEnvironment()
	if err != nil || server == nil {
		return err
	}
	if server.Kube, err = kubernetes.NewForConfig(config.LoopbackClientConfig); err != nil {
		return err
	}
	next := config.BuildHandlerChainFunc
	config.BuildHandlerChainFunc = func(h http.Handler, c *genericapiserver.Config) http.Handler {
		server.Next = next(h, c)
		return server
	}
	return nil
}

// exitSoon ends the process a second after it was asked to: nodes hold their watches open, and upstream
// would wait a minute for them. Requests that change something have long been answered by then.
func exitSoon(ctx context.Context) {
	<-ctx.Done()
	time.Sleep(time.Second)
	os.Exit(0)
}

// Package certcommand is `k3s certificate`, with K3s' own arguments and output.
package certcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/layout"
)

// New makes the command. getenv is the environment that it looks at.
func New(getenv func(string) string) *cobra.Command {
	c := &cobra.Command{
		Use: "certificate", Short: "Manage K3s certificates", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	s := &selection{getenv: getenv}
	flags := c.PersistentFlags()
	flags.StringVarP(&s.data, "data-dir", "d", "", "Folder to hold state (default "+layout.DefaultDataDir+")")
	flags.StringVarP(&s.config, "config", "c", "", "Load configuration from FILE")
	flags.StringSliceVarP(&s.services, "service", "s", nil, "List of services to manage certificates for. Options include ("+strings.Join(known(), ", ")+")")
	flags.BoolVar(&s.debug, "debug", false, "Turn on debug logs")
	c.AddCommand(check(s), rotate(s), rotateAuthorities())
	return c
}

// rotateAuthorities is refused by name, whatever its flags.
func rotateAuthorities() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-ca", Hidden: true, DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("certificate: \"rotate-ca\" is a command of K3s that this binary does not have: a cluster keeps its authorities")
		},
	}
}

// selection is whose certificates are meant, and where they are.
type selection struct {
	getenv       func(string) string
	data, config string
	services     []string
	debug        bool
}

// resolve returns the data directory and the services: all of a server where there is one, else those of an agent. doing
// is what the log says is done with them.
func (s *selection) resolve(doing string) (layout.Data, []string, error) {
	if s.debug {
		slog.SetLogLoggerLevel(slog.LevelDebug)
	}
	for _, name := range s.services {
		if why, ok := absent[name]; ok {
			return "", nil, fmt.Errorf("service %q is not supported: %s", name, why)
		}
		if !slices.Contains(known(), name) {
			return "", nil, fmt.Errorf("service %s is not recognized", name)
		}
	}
	data := layout.Data(s.data)
	if data == "" {
		var err error
		if data, err = config.DataDir(s.config, s.getenv); err != nil {
			return "", nil, err
		}
	}
	if len(s.services) != 0 {
		return data, s.services, nil
	}
	_, err := os.Stat(data.Server())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		slog.Info("Agent detected, " + doing + " agent certificates")
		return data, ofAgent, nil
	case err != nil:
		return "", nil, err
	}
	slog.Info("Server detected, " + doing + " agent and server certificates")
	return data, known(), nil
}

// Package snapshotcommand is `k3s etcd-snapshot`, with K3s' own arguments and output.
package snapshotcommand

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/layout"
)

type options struct {
	getenv                       func(string) string
	config, data, dir, name, out string
	node                         string
	keep                         int
	compress                     bool
}

// New makes the command. getenv is the environment that it looks at.
func New(getenv func(string) string) *cobra.Command {
	o := &options{getenv: getenv}
	c := &cobra.Command{
		Use: "etcd-snapshot", Short: "Manage etcd snapshots", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	flags := c.PersistentFlags()
	flags.StringVarP(&o.config, "config", "c", "", "Load configuration from FILE")
	flags.StringVarP(&o.data, "data-dir", "d", "", "Folder to hold state (default "+layout.DefaultDataDir+")")
	flags.StringVar(&o.node, "node-name", "", "Node name")
	for _, name := range []string{"etcd-snapshot-dir", "dir"} {
		flags.StringVar(&o.dir, name, "", "Directory of the snapshots (default ${data-dir}/server/db/snapshots)")
	}
	flags.StringVar(&o.name, "name", "", "Base name of the snapshot (default on-demand)")

	save := &cobra.Command{Use: "save", Short: "Trigger an immediate etcd snapshot", Args: cobra.NoArgs, RunE: o.save}
	for _, name := range []string{"etcd-snapshot-compress", "snapshot-compress"} {
		save.Flags().BoolVar(&o.compress, name, false, "Compress etcd snapshot")
	}
	list := &cobra.Command{Use: "ls", Aliases: []string{"list", "l"}, Short: "List snapshots", Args: cobra.NoArgs, RunE: o.list}
	list.Flags().StringVarP(&o.out, "output", "o", "table", "List format: table, json, yaml")
	remove := &cobra.Command{Use: "delete NAME...", Short: "Delete given snapshot(s)", RunE: o.remove}
	prune := &cobra.Command{Use: "prune", Short: "Remove snapshots that match the name prefix that exceed the configured retention count", Args: cobra.NoArgs, RunE: o.prune}
	for _, name := range []string{"etcd-snapshot-retention", "snapshot-retention"} {
		prune.Flags().IntVar(&o.keep, name, 0, "Number of snapshots to retain (default 5)")
	}
	c.AddCommand(save, list, remove, prune)
	return c
}

// snapshots are those of the server on this machine: what its configuration says, unless a flag says otherwise.
func (o *options) snapshots() (*etcd.Snapshots, config.Snapshots, error) {
	var args []string
	for name, value := range map[string]string{"config": o.config, "data-dir": o.data, "etcd-snapshot-dir": o.dir, "node-name": o.node} {
		if value != "" {
			args = append(args, "--"+name, value)
		}
	}
	told, err := config.ReadSnapshots(args, o.getenv)
	if err != nil {
		return nil, told, err
	}
	name := "on-demand"
	if o.name != "" {
		name = o.name
	}
	return &etcd.Snapshots{Data: told.Data, Dir: told.Dir, Node: told.Node, Name: name, Compress: told.Compress || o.compress}, told, nil
}

func (o *options) save(c *cobra.Command, _ []string) error {
	s, _, err := o.snapshots()
	if err != nil {
		return err
	}
	name, err := s.Save(c.Context())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "Snapshot %s saved.\n", name)
	return nil
}

func (o *options) remove(c *cobra.Command, names []string) error {
	if len(names) == 0 {
		return errors.New("no snapshots given for removal")
	}
	s, _, err := o.snapshots()
	if err != nil {
		return err
	}
	gone, err := s.Delete(names...)
	said(c, gone)
	if err == nil && len(gone) < len(names) {
		return fmt.Errorf("%d of %d snapshots were not found in %s", len(names)-len(gone), len(names), s.Dir)
	}
	return err
}

func (o *options) prune(c *cobra.Command, _ []string) error {
	s, told, err := o.snapshots()
	if err != nil {
		return err
	}
	if o.keep == 0 {
		o.keep = told.Retention
	}
	gone, err := s.Prune(o.keep)
	said(c, gone)
	return err
}

func said(c *cobra.Command, gone []string) {
	for _, name := range gone {
		fmt.Fprintf(c.OutOrStdout(), "Snapshot %s deleted.\n", name)
	}
}

func (o *options) list(c *cobra.Command, _ []string) error {
	s, _, err := o.snapshots()
	if err != nil {
		return err
	}
	all, err := s.List()
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	switch o.out {
	case "table":
		return writeTable(out, all)
	case "json":
		return json.NewEncoder(out).Encode(objects(all, s.Node))
	case "yaml":
		b, err := yaml.Marshal(objects(all, s.Node))
		if err == nil {
			_, err = out.Write(b)
		}
		return err
	}
	return fmt.Errorf("invalid output format: %s", o.out)
}

func writeTable(out io.Writer, all []etcd.Snapshot) error {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "Name\tLocation\tSize\tCreated")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", s.Name, s.Location, s.Size, s.Created.Format(time.RFC3339))
	}
	return w.Flush()
}

// objects are the list in the form of K3s' resource ETCDSnapshotFile.
func objects(all []etcd.Snapshot, node string) map[string]any {
	items := []any{}
	for _, s := range all {
		items = append(items, map[string]any{
			"metadata": map[string]any{"name": "local-" + s.Name},
			"spec":     map[string]any{"snapshotName": s.Name, "nodeName": node, "location": s.Location},
			"status":   map[string]any{"size": fmt.Sprint(s.Size), "creationTime": s.Created.UTC().Format(time.RFC3339), "readyToUse": true},
		})
	}
	return map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]any{}, "items": items}
}

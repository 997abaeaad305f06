package config

import (
	"cmp"
	"strconv"

	"github.com/robfig/cron/v3"

	"k3s-lab/k3s/internal/layout"
)

// Snapshots say which copies of etcd's store a server keeps.
type Snapshots struct {
	Data      layout.Data
	Node      string
	Dir       string
	Name      string // what the names of scheduled ones begin with
	Retention int
	Compress  bool
	Schedule  cron.Schedule // nil: none
}

// ReadSnapshots reads it for a command beside the server.
func ReadSnapshots(args []string, getenv func(string) string) (Snapshots, error) {
	r, err := gather(args, getenv, onServer)
	if err != nil {
		return Snapshots{}, err
	}
	n := r.node()
	return r.snapshots(&n), r.err()
}

func (r *reader) snapshots(n *Node) Snapshots {
	s := Snapshots{
		Data: n.Data, Node: n.Name, Dir: cmp.Or(r.one("etcd-snapshot-dir"), n.Data.Snapshots()),
		Name: r.one("etcd-snapshot-name"), Compress: r.truth("etcd-snapshot-compress"),
	}
	var err error
	if s.Retention, err = strconv.Atoi(r.one("etcd-snapshot-retention")); err != nil || s.Retention < 0 {
		r.fail("etcd-snapshot-retention %q is no number of snapshots to keep", r.one("etcd-snapshot-retention"))
	}
	schedule, err := cron.ParseStandard(r.one("etcd-snapshot-schedule-cron"))
	if err != nil {
		r.fail("etcd-snapshot-schedule-cron %q: %w", r.one("etcd-snapshot-schedule-cron"), err)
	}
	if !r.truth("etcd-disable-snapshots") {
		s.Schedule = schedule
	}
	return s
}

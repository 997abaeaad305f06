package etcd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Join asks the members to take this one as a learner, which has no vote yet and so costs them no majority. It returns all
// of them by name. Only one learns at a time: others wait for their turn.
func (m *Member) Join(ctx context.Context, others *clientv3.Client, say func(error)) (map[string]string, error) {
	name, err := m.Name()
	if err != nil {
		return nil, err
	}
	var out map[string]string
	began := time.Now()
	err = persist(ctx, say, func(ctx context.Context) error {
		list, err := others.MemberList(ctx)
		if err != nil {
			return err
		}
		known := list.Members
		for _, k := range known {
			switch {
			case m.itself(k):
				out, err = byName(known, m.itself, name)
				return err
			case k.IsLearner && (nodeOf(k.Name) == m.Node || k.Name == "" && time.Since(began) > neverStarts):
				// It has no vote and no use: its server came to nothing before it had learned all.
				if _, err := others.MemberRemove(ctx, k.ID); err != nil {
					return err
				}
			case nodeOf(k.Name) == m.Node:
				return &final{fmt.Errorf("duplicate node name found, please use a unique name for this node: etcd has the member %s. "+
					"If this machine was made anew in its place: kubectl delete node %s", k.Name, m.Node)}
			}
		}
		slog.Info("Adding member " + name + "=" + m.peerURL() + " to etcd cluster") // in K3s' words
		added, err := others.MemberAddAsLearner(ctx, []string{m.peerURL()})
		if err != nil {
			return err
		}
		out, err = byName(added.Members, m.itself, name)
		return err
	})
	return out, err
}

// neverStarts is how long another server may take from the moment that its member was added to that when it runs.
const neverStarts = 2 * time.Minute

// itself says whether a member was added for this server and has never started: it has no name yet.
func (m *Member) itself(k *etcdserverpb.Member) bool {
	return k.Name == "" && slices.Contains(k.PeerURLs, m.peerURL())
}

func byName(known []*etcdserverpb.Member, itself func(*etcdserverpb.Member) bool, name string) (map[string]string, error) {
	out := map[string]string{}
	for _, k := range known {
		switch {
		case itself(k):
			out[name] = k.PeerURLs[0]
		case k.Name == "":
			return nil, fmt.Errorf("a member at %v has been added and has not started yet", k.PeerURLs)
		case len(k.PeerURLs) != 0:
			out[k.Name] = k.PeerURLs[0]
		}
	}
	return out, nil
}

// Promote gives this member its vote, as soon as it knows what the others know.
func (m *Member) Promote(ctx context.Context, others *clientv3.Client, say func(error)) error {
	name, err := m.Name()
	if err != nil {
		return err
	}
	return persist(ctx, say, func(ctx context.Context) error {
		list, err := others.MemberList(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list.Members, func(k *etcdserverpb.Member) bool { return k.Name == name })
		if i < 0 {
			return fmt.Errorf("the other members do not know %s yet", name)
		}
		if !list.Members[i].IsLearner {
			return nil
		}
		_, err = others.MemberPromote(ctx, list.Members[i].ID)
		if errors.Is(err, rpctypes.ErrMemberNotLearner) {
			return nil
		}
		return err
	})
}

// Remove takes a member out, so that it counts no longer. The last one stays: without it there is no cluster.
func Remove(ctx context.Context, client *clientv3.Client, name string) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	list, err := client.MemberList(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Members, func(k *etcdserverpb.Member) bool { return k.Name == name })
	if i < 0 || len(list.Members) == 1 {
		return nil
	}
	slog.Info("Removing etcd member from cluster", "member", name)
	_, err = client.MemberRemove(ctx, list.Members[i].ID)
	if errors.Is(err, rpctypes.ErrMemberNotFound) {
		return nil
	}
	return err
}

package localpath

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	listers "k8s.io/client-go/listers/core/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// provisioner answers the library's two questions: a volume for a claim, and the end of a volume.
type provisioner struct {
	root    string
	nodes   listers.NodeLister
	volumes listers.PersistentVolumeLister
	orders  *dispatcher
}

// Provision has the folder made before there is a volume: no pod finds a volume without one, and one that is lost later
// is not silently made anew.
func (p *provisioner) Provision(ctx context.Context, o controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	pv, err := p.provision(ctx, o)
	var elsewhere *unanswered
	if errors.As(err, &elsewhere) {
		return nil, controller.ProvisioningReschedule, err
	}
	return pv, controller.ProvisioningFinished, err
}

func (p *provisioner) provision(ctx context.Context, o controller.ProvisionOptions) (*core.PersistentVolume, error) {
	if err := check(o.PVC, o.StorageClass, p.root); err != nil {
		return nil, err
	}
	if o.SelectedNodeName == "" {
		return nil, fmt.Errorf("no node is selected. Set volumeBindingMode of StorageClass %s to WaitForFirstConsumer", o.StorageClass.Name)
	}
	node, err := p.orders.present(o.SelectedNodeName)
	if err != nil {
		return nil, err
	}
	folder, err := folderFor(o)
	if err != nil {
		return nil, err
	}
	pv, err := newVolume(o, node, filepath.Join(p.root, folder))
	if err != nil {
		return nil, err
	}
	other, err := p.sharing(pv, folder)
	if err != nil {
		return nil, err
	}
	// A volume that is retained may hand its folder on, as in K3s. One that is deleted would take it away.
	if other != nil && !(retained(other) && other.folder == folder) {
		return nil, fmt.Errorf("folder %s of node %s still belongs to volume %s", folder, node.Name, other.Name)
	}
	return pv, p.orders.send(ctx, node.Name, order{Do: makeFolder, Folder: folder, Below: p.root})
}

// Delete has the folder removed. Where the node is away it fails: the library tries again until the node is back.
func (p *provisioner) Delete(ctx context.Context, pv *core.PersistentVolume) error {
	folder, err := folderOf(pv, p.root)
	if err != nil {
		return fmt.Errorf("volume %s: %w", pv.Name, err)
	}
	node, err := p.nodeOf(pv)
	if err != nil {
		return err
	}
	if node == "" {
		slog.Info("volume's node does not exist, its folder is left there", "volume", pv.Name, "node", hostOf(pv), "folder", folder)
		return nil
	}
	other, err := p.sharing(pv, folder)
	if err != nil {
		return err
	}
	if other != nil {
		return fmt.Errorf("folder %s of node %s also belongs to volume %s. It is removed when that volume is deleted", folder, node, other.Name)
	}
	if err := p.orders.send(ctx, node, order{Do: removeFolder, Folder: folder, Below: p.root}); err != nil {
		return fmt.Errorf("folder %s is not removed yet: %w", folder, err)
	}
	return nil
}

// nodeOf is the name of the node that a volume is on, "" where it does not exist any more.
func (p *provisioner) nodeOf(pv *core.PersistentVolume) (string, error) {
	host := hostOf(pv)
	if host == "" {
		return "", fmt.Errorf("volume %s: its nodeAffinity names no single %s", pv.Name, core.LabelHostname)
	}
	nodes, err := p.nodes.List(labels.Everything())
	if err != nil {
		return "", err
	}
	for _, n := range nodes {
		if n.Labels[core.LabelHostname] == host || n.Name == host {
			return n.Name, nil
		}
	}
	return "", nil
}

type neighbour struct {
	*core.PersistentVolume
	folder string
}

func retained(n *neighbour) bool {
	return n.Spec.PersistentVolumeReclaimPolicy == core.PersistentVolumeReclaimRetain
}

// sharing finds another volume on the same node whose folder is this one, around it or in it.
func (p *provisioner) sharing(pv *core.PersistentVolume, folder string) (*neighbour, error) {
	volumes, err := p.volumes.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	for _, v := range volumes {
		if host := hostOf(v); v.Name == pv.Name || host != "" && host != hostOf(pv) {
			continue
		}
		if other, err := folderOf(v, p.root); err == nil && overlap(other, folder) {
			return &neighbour{v, other}, nil
		}
	}
	return nil, nil
}

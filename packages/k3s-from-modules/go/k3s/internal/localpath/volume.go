package localpath

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/template"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// What K3s' provisioner reads and writes.
const (
	volumeTypeAnnotation        = "volumeType"        // of a claim
	defaultVolumeTypeAnnotation = "defaultVolumeType" // of a StorageClass
	nodeAnnotation              = "local.path.provisioner/selected-node"
)

// check says why a claim cannot have a folder of one node.
func check(claim *core.PersistentVolumeClaim, class *storage.StorageClass, root string) error {
	if claim.Spec.Selector != nil {
		return fmt.Errorf("a selector of volumes is not supported. Remove it from the claim")
	}
	// The API server writes a dataSource here, too. An empty volume would pass for what the claim asks for.
	if from := claim.Spec.DataSourceRef; from != nil {
		return fmt.Errorf("a copy of %s %s is not supported. Remove dataSource and dataSourceRef from the claim", from.Kind, from.Name)
	}
	for _, mode := range claim.Spec.AccessModes {
		if mode != core.ReadWriteOnce && mode != core.ReadWriteOncePod {
			return fmt.Errorf("access mode %s is not supported: a volume is a folder of one node. Use ReadWriteOnce or ReadWriteOncePod", mode)
		}
	}
	if path, given := class.Parameters["nodePath"]; given && path != root {
		return fmt.Errorf("nodePath of StorageClass %s is %s, volumes are kept in %s. Remove the parameter, or set default-local-storage-path of the server", class.Name, path, root)
	}
	return nil
}

// folderFor is where a claim's volume is kept, below the storage path.
func folderFor(o controller.ProvisionOptions) (string, error) {
	pattern, given := o.StorageClass.Parameters["pathPattern"]
	if !given {
		return strings.Join([]string{o.PVName, o.PVC.Namespace, o.PVC.Name}, "_"), nil
	}
	t, err := template.New("pathPattern").Parse(pattern)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, struct {
		PVName string
		PVC    meta.ObjectMeta
	}{o.PVName, o.PVC.ObjectMeta}); err != nil {
		return "", err
	}
	folder := filepath.Clean(b.String())
	own := o.PVC.Namespace + "/" + o.PVC.Name
	// As in K3s; nobody's claim may then reach another's folder.
	if !isFolder(folder) || folder != own && !strings.HasPrefix(folder, own+"/") {
		return "", fmt.Errorf("pathPattern of StorageClass %s gives %s, which is not in {{ .PVC.Namespace }}/{{ .PVC.Name }}/", o.StorageClass.Name, b.String())
	}
	return folder, nil
}

// newVolume is the volume of a claim as K3s' provisioner makes it.
func newVolume(o controller.ProvisionOptions, node *core.Node, path string) (*core.PersistentVolume, error) {
	source, err := sourceFor(o, path)
	if err != nil {
		return nil, err
	}
	host := node.Labels[core.LabelHostname]
	if host == "" {
		host = node.Name
	}
	onNode := core.NodeSelectorRequirement{Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{host}}
	mode := core.PersistentVolumeFilesystem
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: o.PVName, Annotations: map[string]string{nodeAnnotation: node.Name}},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			VolumeMode:                    &mode,
			Capacity:                      core.ResourceList{core.ResourceStorage: o.PVC.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeSource:        source,
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{
				NodeSelectorTerms: []core.NodeSelectorTerm{{MatchExpressions: []core.NodeSelectorRequirement{onNode}}},
			}},
		},
	}, nil
}

func sourceFor(o controller.ProvisionOptions, path string) (core.PersistentVolumeSource, error) {
	kind := "hostPath"
	for _, annotated := range []string{o.StorageClass.Annotations[defaultVolumeTypeAnnotation], o.PVC.Annotations[volumeTypeAnnotation]} {
		if annotated != "" {
			kind = annotated
		}
	}
	switch strings.ToLower(kind) {
	case "local":
		return core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}}, nil
	case "hostpath":
		create := core.HostPathDirectoryOrCreate
		return core.PersistentVolumeSource{HostPath: &core.HostPathVolumeSource{Path: path, Type: &create}}, nil
	}
	return core.PersistentVolumeSource{}, fmt.Errorf("volume type %q is not known, want local or hostPath. Correct the annotation %s", kind, volumeTypeAnnotation)
}

// folderOf is where a volume is kept, below the storage path.
func folderOf(pv *core.PersistentVolume, root string) (string, error) {
	path := ""
	if pv.Spec.Local != nil {
		path = pv.Spec.Local.Path
	} else if pv.Spec.HostPath != nil {
		path = pv.Spec.HostPath.Path
	}
	folder, err := filepath.Rel(root, path)
	if err != nil || !isFolder(folder) {
		return "", fmt.Errorf("its folder %q is not below %s, and is left as it is. Remove it by hand, then delete the volume", path, root)
	}
	return folder, nil
}

// hostOf is the label kubernetes.io/hostname of the node that a volume is on, "" where none is named.
func hostOf(pv *core.PersistentVolume) string {
	if pv.Spec.NodeAffinity == nil || pv.Spec.NodeAffinity.Required == nil {
		return ""
	}
	for _, term := range pv.Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, e := range term.MatchExpressions {
			if e.Key == core.LabelHostname && e.Operator == core.NodeSelectorOpIn && len(e.Values) == 1 {
				return e.Values[0]
			}
		}
	}
	return ""
}

// overlap says whether two folders are one, or one is in the other.
func overlap(a, b string) bool {
	return strings.HasPrefix(a+"/", b+"/") || strings.HasPrefix(b+"/", a+"/")
}

package manifests

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

const manager = "k3s-manifests"

// Deployer applies the files of a directory, each again only when it has changed.
type Deployer struct {
	Dir      string
	Disabled []string // components, in the order in which they go
	Client   dynamic.Interface
	Mapper   meta.ResettableRESTMapper
	applied  map[string][sha256.Size]byte
}

// Deploy applies what is new, and deletes what is disabled. A file that fails does not stop the others, and is tried again by
// the next call.
func (d *Deployer) Deploy(ctx context.Context) error {
	files, err := Files(d.Dir)
	if err != nil {
		return err
	}
	if d.applied == nil {
		d.applied = map[string][sha256.Size]byte{}
	}
	var errs []error
	for _, component := range d.Disabled {
		file := fileOf(d.Dir, component)
		i := slices.Index(files, file)
		if i < 0 {
			continue
		}
		files = slices.Delete(files, i, i+1)
		if err := d.withdraw(ctx, file); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Base(file), err))
		}
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum := sha256.Sum256(b)
		if d.applied[file] == sum {
			continue
		}
		n, err := d.Apply(ctx, b)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Base(file), err))
			continue
		}
		d.applied[file] = sum
		slog.Info("applied manifest", "file", file, "objects", n)
	}
	return errors.Join(errs...)
}

// withdraw deletes the objects of a manifest first and the file last, as K3s does: what is killed in between, or finds the API
// away, is done by the next start.
func (d *Deployer) withdraw(ctx context.Context, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := d.Delete(ctx, b); err != nil {
		return err
	}
	slog.Info("deleted what was disabled", "file", file)
	return os.Remove(file)
}

// Files lists the manifests below dir; NAME.yaml.skip beside NAME.yaml keeps it from being applied or deleted.
func Files(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		switch filepath.Ext(p) {
		case ".yaml", ".yml", ".json":
			if _, err := os.Stat(p + ".skip"); err != nil {
				out = append(out, p)
			}
		}
		return nil
	})
	return out, err
}

// Apply applies every object it can and returns how many.
func (d *Deployer) Apply(ctx context.Context, manifest []byte) (int, error) {
	objects, err := Decode(manifest)
	if err != nil {
		return 0, err
	}
	var errs []error
	n := 0
	for _, o := range objects {
		client, err := d.resource(o)
		if err == nil {
			_, err = client.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: manager, Force: true})
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err))
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// Delete deletes the objects of a manifest, the last first.
func (d *Deployer) Delete(ctx context.Context, manifest []byte) error {
	objects, err := Decode(manifest)
	if err != nil {
		return err
	}
	var errs []error
	for i := len(objects) - 1; i >= 0; i-- {
		client, err := d.resource(objects[i])
		if err == nil {
			err = client.Delete(ctx, objects[i].GetName(), metav1.DeleteOptions{})
		}
		if err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// resource finds where an object's kind is served. A kind that is not known may have come since: the
// mapper reads the API's kinds once more.
func (d *Deployer) resource(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := o.GroupVersionKind()
	m, err := d.Mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		d.Mapper.Reset()
		m, err = d.Mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return nil, err
	}
	if m.Scope.Name() != meta.RESTScopeNameNamespace {
		return d.Client.Resource(m.Resource), nil
	}
	namespace := o.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	return d.Client.Resource(m.Resource).Namespace(namespace), nil
}

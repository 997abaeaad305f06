package join

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

// PasswordSecret holds the hash of a node's password; without it any machine may take the node's name.
func PasswordSecret(node string) string { return node + ".node-password.k3s" }

// checkNodePassword keeps a node's name for the machine that used it first.
func checkNodePassword(ctx context.Context, kube kubernetes.Interface, node, password string) error {
	sum := sha256.Sum256([]byte(node + "\x00" + password))
	hash := []byte(hex.EncodeToString(sum[:]))
	secrets := kube.CoreV1().Secrets(meta.NamespaceSystem)
	secret, err := secrets.Get(ctx, PasswordSecret(node), meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		immutable := true
		_, err = secrets.Create(ctx, &core.Secret{
			ObjectMeta: meta.ObjectMeta{Name: PasswordSecret(node)},
			Immutable:  &immutable, Data: map[string][]byte{"hash": hash},
		}, meta.CreateOptions{})
		return err
	}
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(secret.Data["hash"], hash) != 1 {
		return &Refused{fmt.Sprintf("node password rejected for %q: another machine joined under this name. "+
			"If it is gone: kubectl -n kube-system delete secret %s", node, PasswordSecret(node))}
	}
	return nil
}

// NodePassword reads this machine's password, making it first if there is none.
func NodePassword(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil && strings.TrimSpace(string(b)) != "" {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	password := token.Generate()
	return password, pki.WriteFile(file, []byte(password+"\n"), 0o600)
}

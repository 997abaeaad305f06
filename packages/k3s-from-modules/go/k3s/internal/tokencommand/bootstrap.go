package tokencommand

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v2"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/kubernetes"
	bootstrapapi "k8s.io/cluster-bootstrap/token/api"
	bootstraputil "k8s.io/cluster-bootstrap/token/util"
	bootstraptoken "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"

	"k3s-lab/k3s/internal/token"
)

// group is who bears a bootstrap token, beside system:bootstrappers: K3s' own.
const group = "system:bootstrappers:k3s:default-node-token"

type opener func() (kubernetes.Interface, []byte, error)

func create(open opener) *cobra.Command {
	t := bootstraptoken.BootstrapToken{TTL: &meta.Duration{}}
	c := &cobra.Command{Use: "create [token]", Short: "Create bootstrap tokens on the server", Args: cobra.MaximumNArgs(1)}
	c.Flags().StringVar(&t.Description, "description", "", "A human friendly description of how this token is used")
	c.Flags().StringSliceVar(&t.Groups, "groups", []string{group}, "Extra groups that this token will authenticate as when used for authentication")
	c.Flags().DurationVar(&t.TTL.Duration, "ttl", 24*time.Hour, "The duration before the token is automatically deleted (e.g. 1s, 2m, 3h). If set to '0', the token will never expire")
	c.Flags().StringSliceVar(&t.Usages, "usages", bootstrapapi.KnownTokenUsages, "Describes the ways in which this token can be used")
	c.RunE = func(c *cobra.Command, args []string) error {
		given, err := bootstraputil.GenerateBootstrapToken()
		if len(args) == 1 {
			given = args[0]
		}
		if err != nil {
			return err
		}
		if t.Token, err = bootstraptoken.NewBootstrapTokenString(given); err != nil {
			return err
		}
		if err := bootstraputil.ValidateUsages(t.Usages); err != nil {
			return err
		}
		for _, g := range t.Groups {
			if err := bootstraputil.ValidateBootstrapGroupName(g); err != nil {
				return err
			}
		}
		kube, ca, err := open()
		if err != nil {
			return err
		}
		secret := bootstraptoken.BootstrapTokenToSecret(&t)
		if _, err := kube.CoreV1().Secrets(meta.NamespaceSystem).Create(c.Context(), secret, meta.CreateOptions{}); err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), token.FormatBootstrap(ca, t.Token.String()))
		return nil
	}
	return c
}

func remove(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "delete token...", Short: "Delete bootstrap tokens on the server", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			kube, _, err := open()
			if err != nil {
				return err
			}
			for _, given := range args {
				id, err := idOf(given)
				if err != nil {
					return err
				}
				name := bootstraputil.BootstrapTokenSecretName(id)
				if err := kube.CoreV1().Secrets(meta.NamespaceSystem).Delete(c.Context(), name, meta.DeleteOptions{}); err != nil {
					return fmt.Errorf("failed to delete bootstrap token %q: %w", id, err)
				}
				fmt.Fprintf(c.OutOrStdout(), "bootstrap token %q deleted\n", id)
			}
			return nil
		},
	}
}

// idOf reads a token's id, or the id of a whole one, also in the form that `token create` prints.
func idOf(given string) (string, error) {
	if bootstraputil.IsValidBootstrapTokenID(given) {
		return given, nil
	}
	if t, err := token.Parse(given); err == nil && t.Bootstrap() {
		id, _, _ := strings.Cut(t.Password, ".")
		return id, nil
	}
	return "", fmt.Errorf("given token didn't match pattern %q or %q", bootstrapapi.BootstrapTokenIDPattern, bootstrapapi.BootstrapTokenPattern)
}

func list(open opener) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List bootstrap tokens on the server", Args: cobra.NoArgs}
	format := c.Flags().StringP("output", "o", "text", "Output format. Valid options: text, json, yaml")
	c.RunE = func(c *cobra.Command, _ []string) error {
		write, ok := map[string]func(io.Writer, []*bootstraptoken.BootstrapToken) error{
			"text": writeText,
			"json": func(w io.Writer, all []*bootstraptoken.BootstrapToken) error { return json.NewEncoder(w).Encode(all) },
			"yaml": func(w io.Writer, all []*bootstraptoken.BootstrapToken) error { return yaml.NewEncoder(w).Encode(all) },
		}[*format]
		if !ok {
			return fmt.Errorf("invalid output format: %s", *format)
		}
		kube, _, err := open()
		if err != nil {
			return err
		}
		selector := meta.ListOptions{FieldSelector: "type=" + string(bootstrapapi.SecretTypeBootstrapToken)}
		secrets, err := kube.CoreV1().Secrets(meta.NamespaceSystem).List(c.Context(), selector)
		if err != nil {
			return fmt.Errorf("failed to list bootstrap tokens: %w", err)
		}
		all := []*bootstraptoken.BootstrapToken{}
		for i := range secrets.Items {
			t, err := bootstraptoken.BootstrapTokenFromSecret(&secrets.Items[i])
			if err != nil {
				fmt.Fprintln(c.ErrOrStderr(), err)
				continue
			}
			all = append(all, t)
		}
		return write(c.OutOrStdout(), all)
	}
	return c
}

func writeText(out io.Writer, all []*bootstraptoken.BootstrapToken) error {
	w := tabwriter.NewWriter(out, 10, 4, 3, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	row("TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS")
	for _, t := range all {
		ttl, expires := "<forever>", "<never>"
		if t.Expires != nil {
			ttl = duration.ShortHumanDuration(time.Until(t.Expires.Time))
			expires = t.Expires.Format(time.RFC3339)
		}
		row(t.Token.ID, ttl, expires, orNone(t.Usages...), orNone(t.Description), orNone(t.Groups...))
	}
	return w.Flush()
}

func orNone(all ...string) string { return cmp.Or(strings.Join(all, ","), "<none>") }

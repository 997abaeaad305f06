package tokencommand

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/token"
)

const warning = "\033[33mWARNING\033[0m: Recommended to keep a record of the old token. If restoring from a snapshot, you must use the token associated with that snapshot."

func rotate(getenv func(string) string, data func() layout.Data) *cobra.Command {
	c := &cobra.Command{Use: "rotate", Short: "Rotate original server token with a new server token", Args: cobra.NoArgs}
	server := c.Flags().StringP("server", "s", cmp.Or(getenv("K3S_URL"), "https://127.0.0.1:6443"), "Server to connect to [$K3S_URL]")
	// The environment's is read below, so that it is no default that the help would show.
	old := c.Flags().StringP("token", "t", "", "Existing token used to join a server or agent to a cluster [$K3S_TOKEN]")
	next := c.Flags().String("new-token", "", "New token that replaces existing token")
	c.RunE = func(c *cobra.Command, _ []string) error {
		fmt.Fprintln(c.OutOrStdout(), warning)
		read, of := token.Parse, cmp.Or(*old, getenv("K3S_TOKEN"))
		if of == "" {
			read, of = token.Read, data().Token()
		}
		t, err := read(of)
		if err != nil {
			return err
		}
		if err := join.RotateToken(c.Context(), *server, t, *next); err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "Token rotated, restart k3s nodes with new token")
		return nil
	}
	return c
}

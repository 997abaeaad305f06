package certcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
)

func rotate(s *selection) *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Rotate k3s component certificates on disk", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			data, services, err := s.resolve("rotating")
			if err != nil {
				return err
			}
			for _, service := range services {
				slog.Info("Rotating certificates for " + service)
			}
			gone := files(data, services)
			backup, err := moveAway(data, gone, time.Now())
			if err != nil {
				return err
			}
			// Which token an agent has is not known here: it may be in the environment of its service.
			if filepath.Dir(backup) == data.Agent("") && slices.Contains(gone, data.Agent(join.KubeletClient+".crt")) {
				slog.Warn("Where this agent's token is a bootstrap token that has ended, only the certificate that was removed would let it in again: give it another token, or copy " + join.KubeletClient + ".crt and .key back")
			}
			slog.Info(fmt.Sprintf("Successfully backed up certificates to %s, please restart k3s server or agent to rotate certificates", backup))
			return nil
		},
	}
}

// moveAway copies what is in tls, and these files, into a new directory beside it; then it removes the files. The next
// start makes new keys and certificates.
func moveAway(data layout.Data, files []string, now time.Time) (string, error) {
	name := fmt.Sprintf("tls-%d", now.Unix())
	backup := data.Agent(name)
	if _, err := os.Stat(data.TLS("")); err == nil {
		backup = filepath.Join(data.Server(), name)
		if err := copyFolder(data.TLS(""), backup); err != nil {
			return "", err
		}
	}
	if err := os.MkdirAll(backup, 0o700); err != nil {
		return "", err
	}
	for _, file := range files {
		if err := copyFile(file, filepath.Join(backup, filepath.Base(file))); err != nil {
			return "", err
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return backup, nil
}

// copyFolder keeps the modes of files, unlike os.CopyFS: keys are among them.
func copyFolder(from, to string) error {
	return fs.WalkDir(os.DirFS(from), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		}
		return copyFile(filepath.Join(from, path), filepath.Join(to, path))
	})
}

// copyFile copies a file that may not be there, and keeps its mode.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, info.Mode().Perm())
}

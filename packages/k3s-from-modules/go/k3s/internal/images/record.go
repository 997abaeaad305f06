package images

import (
	"encoding/json"
	"io/fs"
	"os"
	"time"

	"k3s-lab/k3s/internal/pki"
)

// imported is what an archive was, and what it brought: image names and digests.
type imported struct {
	Size    int64             `json:"size"`
	Changed time.Time         `json:"changed"`
	Images  map[string]string `json:"images"`
}

// stillHolds: the archive is the same, and the runtime still has what it brought.
func (i imported) stillHolds(archive fs.FileInfo, there map[string]string) bool {
	if i.Size != archive.Size() || !i.Changed.Equal(archive.ModTime()) {
		return false
	}
	for name, digest := range i.Images {
		if there[name] != digest {
			return false
		}
	}
	return true
}

// record holds what was imported, by file.
type record map[string]imported

// readRecord gives an empty one for a file that is missing or broken: importing once more is the remedy.
func readRecord(file string) record {
	r := record{}
	if b, err := os.ReadFile(file); err == nil && json.Unmarshal(b, &r) != nil {
		return record{}
	}
	return r
}

func (r record) write(file string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return pki.WriteFile(file, b, 0o600)
}

package images

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRecordLastsAndKnowsWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	archive, file := filepath.Join(dir, "a.tar"), filepath.Join(dir, "record.json")
	os.WriteFile(archive, []byte("content"), 0o644)
	info, _ := os.Stat(archive)
	there := map[string]string{"pause:3": "sha256:1", "other:1": "sha256:9"}
	r := readRecord(file)
	if r[archive].stillHolds(info, there) {
		t.Error("an archive that was never imported counts as imported")
	}
	r[archive] = imported{info.Size(), info.ModTime(), map[string]string{"pause:3": "sha256:1"}}
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	r = readRecord(file)
	if !r[archive].stillHolds(info, there) {
		t.Errorf("forgotten: %+v", r)
	}
	for what, now := range map[string]map[string]string{"removed": {}, "replaced": {"pause:3": "sha256:2"}} {
		if r[archive].stillHolds(info, now) {
			t.Errorf("an image that was %s is not missed", what)
		}
	}
	os.WriteFile(archive, []byte("new content"), 0o644)
	if info, _ = os.Stat(archive); r[archive].stillHolds(info, there) {
		t.Error("a changed archive counts as imported")
	}
	os.WriteFile(file, []byte("{broken"), 0o600)
	if r := readRecord(file); len(r) != 0 {
		t.Errorf("%+v", r)
	}
}

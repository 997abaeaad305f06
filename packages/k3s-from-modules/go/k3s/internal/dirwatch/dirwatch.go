// Package dirwatch says when the files of a directory have changed.
package dirwatch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a directory must be quiet: a file that is being written is not read half.
const settle = 300 * time.Millisecond

// Watch makes dir and everything below it known, calls changed once at the start and after every change.
// If changed fails, it is called again after a pause.
func Watch(ctx context.Context, dir string, changed func(context.Context) error) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	due := time.NewTimer(0)
	defer due.Stop()
	retry := time.Second
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			slog.Warn("watching failed", "dir", dir, "reason", err)
			due.Reset(settle)
		case <-w.Events:
			retry = time.Second
			due.Reset(settle)
		case <-due.C:
			addAll(w, dir)
			if err := changed(ctx); err != nil && ctx.Err() == nil {
				slog.Warn("will try again", "dir", dir, "in", retry, "reason", err)
				due.Reset(retry)
				retry = min(2*retry, 15*time.Second)
			}
		}
	}
}

// addAll watches the directories that are there now; one that is watched already is not added twice.
func addAll(w *fsnotify.Watcher, dir string) {
	filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			if err := w.Add(p); err != nil {
				slog.Warn("cannot watch", "dir", p, "reason", err)
			}
		}
		return nil
	})
}

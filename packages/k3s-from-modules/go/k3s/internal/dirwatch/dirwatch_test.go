package dirwatch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	ctx, cancel := context.WithCancel(context.Background())
	calls, ended := make(chan int, 10), make(chan error, 1)
	n := 0
	go func() {
		ended <- Watch(ctx, dir, func(context.Context) error {
			n++
			calls <- n
			if n == 2 {
				return errors.New("not yet")
			}
			return nil
		})
	}()
	next := func(want int) {
		t.Helper()
		select {
		case got := <-calls:
			if got != want {
				t.Fatalf("call %d, want %d", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("call %d never came", want)
		}
	}
	next(1)
	os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("x"), 0o600)
	next(2)
	next(3) // without a change: the second call had failed
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

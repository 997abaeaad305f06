package agent

import (
	"io"
	"os"

	"gopkg.in/natefinch/lumberjack.v2"
)

// boundedLog writes to a file that is put aside at 50 MB, as K3s does: three older ones are kept for four weeks, compressed.
func boundedLog(file string) (io.Writer, error) {
	// It appends to a file that is there, and would write over what others have added to one that it has made.
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &lumberjack.Logger{Filename: file, MaxSize: 50, MaxBackups: 3, MaxAge: 28, Compress: true}, f.Close()
}

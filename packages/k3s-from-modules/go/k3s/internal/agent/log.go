package agent

import (
	"io"

	"gopkg.in/natefinch/lumberjack.v2"
)

// boundedLog writes to a file that is put aside when it has grown to 50 MB, as K3s does with containerd's: three that were put aside
// are kept, packed, and for four weeks.
func boundedLog(file string) io.WriteCloser {
	return &lumberjack.Logger{Filename: file, MaxSize: 50, MaxBackups: 3, MaxAge: 28, Compress: true}
}

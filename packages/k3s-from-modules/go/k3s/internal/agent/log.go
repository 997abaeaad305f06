package agent

import (
	"io"

	"gopkg.in/natefinch/lumberjack.v2"
)

// boundedLog writes to a file that is put aside at 50 MB, as K3s does: three older ones are kept for four weeks, compressed.
func boundedLog(file string) io.Writer {
	return &lumberjack.Logger{Filename: file, MaxSize: 50, MaxBackups: 3, MaxAge: 28, Compress: true}
}

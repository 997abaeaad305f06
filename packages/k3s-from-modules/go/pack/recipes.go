package main

// recipe says what an image holds beside its program.
type recipe struct {
	ref        string
	program    string // in the image; the file of that base name is taken from the directory of programs
	entrypoint []string
	cmd        []string
	env        []string
	ports      []string
	volumes    []string
	files      map[string]string
	dirs       []string
	links      []string // in bin, to the program
}

// The names are the ones K3s' manifests and the lab's use, so that nothing is pulled.
var recipes = map[string]recipe{
	"pause":   {ref: "docker.io/rancher/mirrored-pause:3.6", program: "pause", entrypoint: []string{"/pause"}},
	"coredns": {ref: "docker.io/rancher/mirrored-coredns-coredns:1.14.1", program: "coredns", entrypoint: []string{"/coredns"}, ports: []string{"53/tcp", "53/udp"}},
	"metrics-server": {
		ref: "docker.io/rancher/mirrored-metrics-server:v0.8.0", program: "metrics-server",
		entrypoint: []string{"/metrics-server"}, ports: []string{"10250/tcp"}, dirs: []string{"tmp"},
	},
	"registry": {
		ref: "docker.io/library/registry:3.1.2", program: "bin/registry",
		entrypoint: []string{"/bin/registry", "serve"}, cmd: []string{"/etc/distribution/config.yml"},
		env:   []string{"OTEL_TRACES_EXPORTER=none"},
		ports: []string{"5000/tcp"}, volumes: []string{"/var/lib/registry"},
		files: map[string]string{"etc/distribution/config.yml": registryConfig},
		dirs:  []string{"bin", "etc", "etc/distribution", "tmp", "var", "var/lib", "var/lib/registry"},
	},
}

const registryConfig = `version: 0.1
log:
  fields:
    service: registry
storage:
  delete:
    enabled: true
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`

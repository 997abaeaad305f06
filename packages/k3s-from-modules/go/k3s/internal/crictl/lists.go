package crictl

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// json prints a reply of the CRI as it is, like crictl.
func (s *session) json(m proto.Message) error {
	b, err := protojson.MarshalOptions{Multiline: true, Indent: "  ", EmitUnpopulated: true}.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", b)
	return err
}

// list prints ids, or JSON, or a table.
func (s *session) list(m proto.Message, ids []string, head string, rows [][]any) error {
	if s.quiet {
		for _, id := range ids {
			fmt.Fprintln(s.out, id)
		}
		return nil
	}
	if s.output == "json" {
		return s.json(m)
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 4, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(head, "|", "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = fmt.Sprint(c)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

func (s *session) pods(ctx context.Context) error {
	pods, err := s.runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return err
	}
	var ids []string
	var rows [][]any
	for _, p := range pods {
		ids = append(ids, p.Id)
		rows = append(rows, []any{trim(p.Id), age(p.CreatedAt), state(p.State.String()), p.Metadata.GetName(), p.Metadata.GetNamespace(), p.Metadata.GetAttempt()})
	}
	return s.list(&cri.ListPodSandboxResponse{Items: pods}, ids, "POD ID|CREATED|STATE|NAME|NAMESPACE|ATTEMPT", rows)
}

func (s *session) containers(ctx context.Context) error {
	filter := &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}}
	if s.all {
		filter = nil
	}
	containers, err := s.runtime.ListContainers(ctx, filter)
	if err != nil {
		return err
	}
	var ids []string
	var rows [][]any
	for _, c := range containers {
		ids = append(ids, c.Id)
		rows = append(rows, []any{trim(c.Id), trim(c.ImageRef), age(c.CreatedAt), state(c.State.String()), c.Metadata.GetName(), c.Metadata.GetAttempt(),
			trim(c.PodSandboxId), c.Labels["io.kubernetes.pod.name"], c.Labels["io.kubernetes.pod.namespace"]})
	}
	return s.list(&cri.ListContainersResponse{Containers: containers}, ids, "CONTAINER|IMAGE|CREATED|STATE|NAME|ATTEMPT|POD ID|POD|NAMESPACE", rows)
}

func (s *session) listImages(ctx context.Context) error {
	images, err := s.images.ListImages(ctx, nil)
	if err != nil {
		return err
	}
	var ids []string
	var rows [][]any
	for _, i := range images {
		ids = append(ids, i.Id)
		names := i.RepoTags
		if len(names) == 0 {
			names = i.RepoDigests
		}
		for _, name := range names {
			at := strings.LastIndexAny(name, ":@")
			rows = append(rows, []any{name[:max(at, 0)], name[at+1:], trim(i.Id), fmt.Sprintf("%.1fMB", float64(i.Size)/1e6)})
		}
	}
	return s.list(&cri.ListImagesResponse{Images: images}, ids, "IMAGE|TAG|IMAGE ID|SIZE", rows)
}

// state is SANDBOX_READY as Ready.
func state(s string) string {
	_, s, _ = strings.Cut(s, "_")
	return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
}

package config

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// values holds what was given for each key, after flags, files and the environment were merged.
type values map[string][]string

func unknown(what, name string, r role) error {
	if why, ok := absent[name]; ok {
		return fmt.Errorf("%s %q is not supported: %s", what, name, why)
	}
	for _, k := range keys {
		if k.name == name && k.role&r == 0 {
			if r == onAgent {
				return fmt.Errorf("%s %q is for servers only", what, name)
			}
			return fmt.Errorf("%s %q is for agents only", what, name)
		}
	}
	return fmt.Errorf("unknown %s %q", what, name)
}

// parseFlags reads --name value, --name=value, -n value, and --name alone where the key is true or false.
func parseFlags(args []string, r role) (values, error) {
	out := values{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			return nil, fmt.Errorf("unexpected argument %q", arg)
		}
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		k, ok := lookup(name, r)
		if !ok {
			return nil, unknown("flag", name, r)
		}
		switch {
		case given:
		case k.kind == flag:
			value = "true"
		case i+1 == len(args):
			return nil, fmt.Errorf("flag %q needs a value", name)
		default:
			i++
			value = args[i]
		}
		if k.kind == list || k.kind == commas {
			out[k.name] = append(out[k.name], value)
		} else {
			out[k.name] = []string{value}
		}
	}
	return out, nil
}

// readFiles merges FILE and FILE.d/*.yaml in order: a later file replaces a key, "key+" appends to it.
func readFiles(file string, required bool, r role) (values, error) {
	out := values{}
	files, err := filepath.Glob(filepath.Join(file+".d", "*.y*ml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	if _, err := os.Stat(file); err == nil || required {
		files = append([]string{file}, files...)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if err := out.mergeYAML(b, r); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
	}
	return out, nil
}

func (v values) mergeYAML(b []byte, r role) error {
	doc := map[string]any{}
	if err := yaml.UnmarshalStrict(b, &doc); err != nil {
		return err
	}
	names := make([]string, 0, len(doc))
	for name := range doc {
		names = append(names, name)
	}
	sort.Strings(names) // "key" before "key+"
	for _, name := range names {
		bare, appending := strings.CutSuffix(name, "+")
		k, ok := lookup(bare, r)
		if !ok || k.name != bare {
			return unknown("key", bare, r)
		}
		given, err := scalars(doc[name])
		if err != nil {
			return fmt.Errorf("key %q: %w", bare, err)
		}
		if k.kind != list && k.kind != commas && len(given) != 1 {
			return fmt.Errorf("key %q takes one value, %d were given", bare, len(given))
		}
		switch {
		case appending && (k.kind == list || k.kind == commas):
			v[bare] = append(v[bare], given...)
		case appending:
			return fmt.Errorf("key %q takes one value: %q cannot append to it", bare, name)
		default:
			v[bare] = given
		}
	}
	return nil
}

func scalars(x any) ([]string, error) {
	switch x := x.(type) {
	case nil:
		return []string{""}, nil
	case string:
		return []string{x}, nil
	case bool:
		return []string{strconv.FormatBool(x)}, nil
	case int64:
		return []string{strconv.FormatInt(x, 10)}, nil
	case float64:
		return []string{strconv.FormatFloat(x, 'f', -1, 64)}, nil
	case []any:
		out := []string{}
		for _, e := range x {
			if _, nested := e.([]any); nested {
				return nil, fmt.Errorf("a list in a list")
			}
			s, err := scalars(e)
			if err != nil {
				return nil, err
			}
			out = append(out, s...)
		}
		return out, nil
	}
	return nil, fmt.Errorf("want a value or a list of values, got %T", x)
}

func environment(getenv func(string) string, r role) values {
	out := values{}
	for _, k := range keys {
		if k.env != "" && k.role&r != 0 && getenv(k.env) != "" {
			out[k.name] = []string{getenv(k.env)}
		}
	}
	return out
}

//go:build race

package returns_test

func init() { buildFlags = append(buildFlags, "-race") }

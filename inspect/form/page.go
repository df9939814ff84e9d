package form

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"zhicha/templates"
)

// scripts are joined in this order into the page's one script.
var scripts = []string{"crypto.js", "store.js", "report.js", "parts.js", "home.js", "merge.js", "visit.js", "findings.js", "app.js"}

// page is what all packets have in common.
type page struct{ html, style, script, policy string }

var common = sync.OnceValue(func() page {
	read := func(name string) string {
		b, err := templates.FS.ReadFile("form/" + name)
		if err != nil {
			panic(fmt.Sprintf("embedded form: %v", err))
		}
		return string(b)
	}
	p := page{html: read("page.html"), style: read("page.css")}
	var script strings.Builder
	script.WriteString("(() => {\n") // so that no name of ours meets one of the browser's
	for _, name := range scripts {
		script.WriteString(read(name))
	}
	script.WriteString("})();\n")
	p.script = script.String()
	p.policy = "default-src 'none'; script-src " + hash(p.script) + "; style-src " + hash(p.style) +
		"; img-src blob: data:; base-uri 'none'; form-action 'none'"
	return p
})

// hash names a script or style by its content, as the Content Security Policy does.
func hash(s string) string {
	d := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(d[:]) + "'"
}

// name is a packet's number as people say it. It is all that stands outside.
func name(packet int) string { return fmt.Sprintf("P-%03d", packet) }

// FileName is the name of a packet's file.
func FileName(packet int) string { return name(packet) + ".html" }

// WriteHTML returns the packet as one self-contained HTML file, closed with s and padded to pad.
// It takes about a third of a second, which the codes' protection costs. The same rand gives the
// same bytes.
func WriteHTML(rand io.Reader, p Packet, s Secrets, pad Lengths) ([]byte, error) {
	layer, err := p.sealed(rand, &s, pad)
	if err != nil {
		return nil, err
	}
	c := common()
	var out bytes.Buffer
	_, err = strings.NewReplacer(
		"{{policy}}", c.policy, "{{style}}", c.style, "{{script}}", c.script,
		"{{name}}", name(p.Leg.No), "{{packet}}", strconv.Itoa(p.Leg.No), "{{sealed}}", base64.StdEncoding.EncodeToString(layer),
	).WriteString(&out, c.html)
	return out.Bytes(), err
}

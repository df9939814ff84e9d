package config

import (
	"bytes"
	"reflect"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

// Config is what the office decides: config.yaml. How long each setting is its to change Settings says.
type Config struct {
	Schema    string `mapstructure:"schema"`
	Campaign  Title  `mapstructure:"campaign"`
	Office    []Body `mapstructure:"office"`
	Scope     Scope  `mapstructure:"scope"`
	Language  string `mapstructure:"language"`
	Holidays  string `mapstructure:"holidays"`
	Authority struct {
		PlanNo     string `mapstructure:"plan_no"`
		Approver   string `mapstructure:"approver"`
		ApprovedOn string `mapstructure:"approved_on"`
	} `mapstructure:"authority"`
	RedLineAuthority string     `mapstructure:"red_line_authority"`
	People           []Person   `mapstructure:"people"`
	Separate         [][]string `mapstructure:"separate"`
	Waves            []Wave     `mapstructure:"waves"`
	Preview          struct {
		ICCPercent   int       `mapstructure:"icc_percent"`
		VisitSD      int       `mapstructure:"visit_sd"`
		VisitMinutes []Minutes `mapstructure:"visit_minutes"`
	} `mapstructure:"preview"`
	Review struct {
		SecondCoderPercent int `mapstructure:"second_coder_percent"`
		ReplyWorkingDays   int `mapstructure:"reply_working_days"`
		LookbackPercent    int `mapstructure:"lookback_percent"`
	} `mapstructure:"review"`
	Score struct {
		ConfidencePercent int    `mapstructure:"confidence_percent"`
		Variance          string `mapstructure:"variance"`
		Lonely            string `mapstructure:"lonely"`
		Interval          string `mapstructure:"interval"`
	} `mapstructure:"score"`
	Publish struct {
		MinCount     int      `mapstructure:"min_count"`
		English      bool     `mapstructure:"english"`
		ColumnNameZh string   `mapstructure:"column_name_zh"`
		Hotline      string   `mapstructure:"hotline"`
		FeedEntries  int      `mapstructure:"feed_entries"`
		Archive      []string `mapstructure:"archive"`
		Witnesses    []string `mapstructure:"witnesses"` // verifier keys of outsiders who cosign the log, besides the people with that role
	} `mapstructure:"publish"`
}

// Title names the campaign.
type Title struct {
	ID      string `mapstructure:"id"`
	TitleZh string `mapstructure:"title_zh"`
	TitleEn string `mapstructure:"title_en"`
	Notice  string `mapstructure:"notice"`
	Demo    bool   `mapstructure:"demo"`
}

// Body is an office's name for a span of days.
type Body struct {
	NameZh         string       `mapstructure:"name_zh"`
	NameEn         string       `mapstructure:"name_en"`
	DocumentPrefix string       `mapstructure:"document_prefix"`
	From           inspect.Date `mapstructure:"from"`
	To             inspect.Date `mapstructure:"to"`
}

// Scope is how much of the nation the campaign covers.
type Scope struct {
	Level string `mapstructure:"level"`
	Area  string `mapstructure:"area"`
}

// Person is an id with roles and a public key; the name never leaves the folder.
type Person struct {
	ID    string   `mapstructure:"id"`
	Roles []string `mapstructure:"roles"`
	Body  string   `mapstructure:"body"`
	Name  string   `mapstructure:"name"`
	Key   string   `mapstructure:"key"`

	Former []string `mapstructure:"former"` // keys they gave up: what they signed before is still judged by them
}

// Minutes is how long a visit to a kind of unit takes.
type Minutes struct {
	Unit inspect.Kind `mapstructure:"unit"`
	N    int          `mapstructure:"n"`
}

// Wave is one draw as configured.
type Wave struct {
	No         int             `mapstructure:"no"`
	Kind       string          `mapstructure:"kind"`
	Reason     string          `mapstructure:"reason"`
	Window     inspect.Window  `mapstructure:"window"`
	ClosedDays []inspect.Date  `mapstructure:"closed_days"`
	Hours      []inspect.Hours `mapstructure:"hours"`
	// PrivateFrame: the wave draws from a list of units, kept in a file of its own and committed
	// with a salt; set by `wave new`
	PrivateFrame bool               `mapstructure:"private_frame"`
	Design       inspect.Design     `mapstructure:"design"`
	Assign       inspect.AssignRule `mapstructure:"assign"`
	Ceremony     struct {
		Parties  []Party      `mapstructure:"parties"`
		Beacon   Beacon       `mapstructure:"beacon"`
		RevealBy inspect.Date `mapstructure:"reveal_by"`
	} `mapstructure:"ceremony"`
}

// Party is who holds one secret of the draw.
type Party struct {
	ID     string `mapstructure:"id"`
	NameZh string `mapstructure:"name_zh"`
	Key    string `mapstructure:"key"`
}

// Beacon is the public event whose outcome nobody knows at the commit.
type Beacon struct {
	EventZh string    `mapstructure:"event_zh"`
	Issue   string    `mapstructure:"issue"`
	At      time.Time `mapstructure:"at"`
	Rule    string    `mapstructure:"rule"`
}

// Parse reads config.yaml strictly: an unknown key is a Problem that names the nearest
// known one, and every Problem carries its line.
func Parse(name string, data []byte) (*Config, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, inspect.Reject("config.syntax", inspect.Place{File: name}, "Cause", err.Error())
	}
	if ps := unknownKeys(name, &root); len(ps) > 0 {
		return nil, ps
	}
	v := viper.New()
	v.SetConfigType("yaml")
	v.SetEnvPrefix("zhicha")
	for _, name := range variables {
		if err := v.BindEnv(name); err != nil {
			return nil, err
		}
	}
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return nil, inspect.Reject("config.syntax", inspect.Place{File: name}, "Cause", err.Error())
	}
	var c Config
	hook := mapstructure.ComposeDecodeHookFunc(dateHook, mapstructure.StringToTimeHookFunc(time.RFC3339))
	if err := v.Unmarshal(&c, viper.DecodeHook(hook)); err != nil {
		return nil, located(valueProblems(name, err), &root)
	}
	if ps := c.check(name); len(ps) > 0 {
		return nil, located(ps, &root)
	}
	return &c, nil
}

// dateHook keeps a bare YAML date (which the parser turns into a time) as a day.
func dateHook(from, to reflect.Type, v any) (any, error) {
	if t, ok := v.(time.Time); ok && to.Kind() == reflect.String {
		return t.UTC().Format(time.DateOnly), nil // an unquoted date
	}
	if to != reflect.TypeFor[inspect.Date]() {
		return v, nil
	}
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format(time.DateOnly), nil
	}
	if s, ok := v.(string); ok && s != "" {
		if _, err := inspect.ParseDate(s); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unknownKeys walks the document beside the Config type.
func unknownKeys(name string, n *yaml.Node) inspect.Problems {
	var ps inspect.Problems
	var walk func(n *yaml.Node, t reflect.Type, path string)
	walk = func(n *yaml.Node, t reflect.Type, path string) {
		switch {
		case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
			walk(n.Content[0], t, path)
		case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
			for _, e := range n.Content {
				walk(e, t.Elem(), path)
			}
		case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
			fields := map[string]reflect.Type{}
			for i := range t.NumField() {
				fields[t.Field(i).Tag.Get("mapstructure")] = t.Field(i).Type
			}
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := n.Content[i]
				ft, ok := fields[key.Value]
				if !ok {
					ps = append(ps, inspect.Reject("config.unknown-key", inspect.Place{File: name, Line: key.Line, Field: path + key.Value},
						"Key", key.Value, "Nearest", nearest(key.Value, fields)))
					continue
				}
				walk(n.Content[i+1], ft, path+key.Value+".")
			}
		}
	}
	walk(n, reflect.TypeFor[Config](), "")
	return ps
}

func nearest(key string, known map[string]reflect.Type) string {
	best, at := "", 1<<30
	for k := range known {
		if d := levenshtein.ComputeDistance(key, k); d < at || d == at && k < best {
			best, at = k, d
		}
	}
	return best
}

// Wave returns the configured wave with that number.
func (c *Config) Wave(no int) (*Wave, error) {
	for i := range c.Waves {
		if c.Waves[i].No == no {
			return &c.Waves[i], nil
		}
	}
	return nil, inspect.Misuse("campaign.no-wave", "No", no)
}

// OfficeOn returns the body's name on that day; the last one where none is dated so.
func (c *Config) OfficeOn(on inspect.Date) Body {
	for _, b := range c.Office {
		if (b.From == "" || b.From <= on) && (b.To == "" || on <= b.To) {
			return b
		}
	}
	return c.Office[len(c.Office)-1]
}

// The limits of a band that nobody configures.
const (
	minCounties = 6  // counties
	minVisits   = 8  // visits
	maxHalf     = 10 // points of the interval's half-width
)

// Rules are how the numbers of a wave will be made, for its commit record.
func (c *Config) Rules() inspect.Rules {
	return inspect.Rules{Confidence: c.Score.ConfidencePercent, Variance: c.Score.Variance, Lonely: c.Score.Lonely, MinCounties: minCounties,
		MinVisits: minVisits, MaxHalf: maxHalf, SecondCoder: c.Review.SecondCoderPercent, MinCount: c.Publish.MinCount}
}

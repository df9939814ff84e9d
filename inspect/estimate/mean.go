package estimate

// Value is what one first-stage unit says about one quantity.
type Value struct {
	G  float64 // weight, at least 0
	Y  float64 // its mean; ignored unless In
	In bool    // it has data: a domain's other units stay in the design, with influence 0
}

// Mean is a Hájek mean with what each unit adds to its deviation.
type Mean struct {
	Mean      float64
	Influence []float64 // expanded linearised values g(y − mean)/Σg, in the order of the input; they sum to 0
	Units     int       // units with data
}

// Hajek returns Σgy/Σg over the units with data; not ok where their weights sum to 0. The
// linearised values are those of a ratio (Särndal et al. 1992, result 5.7.1), already divided by
// the inclusion probabilities, which are part of g.
func Hajek(values []Value) (m Mean, ok bool) {
	var total, weight float64
	for _, v := range values {
		if v.In && v.G > 0 {
			total += float64(v.G * v.Y)
			weight += v.G
			m.Units++
		}
	}
	if weight == 0 {
		return Mean{}, false
	}
	m.Mean = total / weight
	m.Influence = make([]float64, len(values))
	for i, v := range values {
		if v.In && v.G > 0 {
			m.Influence[i] = float64(v.G*(v.Y-m.Mean)) / weight
		}
	}
	return m, true
}

// Total collects a weighted sum of means, keeping their covariance: the sum's linearised value
// at a unit is the sum of the parts'.
type Total struct {
	Sum       float64
	Influence []float64
}

// Add adds weight times m.
func (t *Total) Add(weight float64, m Mean) {
	if t.Influence == nil {
		t.Influence = make([]float64, len(m.Influence))
	}
	t.Sum += float64(weight * m.Mean)
	for i, e := range m.Influence {
		t.Influence[i] += float64(weight * e)
	}
}

// Over returns the total divided by the constant d, which must not be 0.
func (t *Total) Over(d float64) Mean {
	m := Mean{Mean: t.Sum / d, Influence: make([]float64, len(t.Influence))}
	for i, e := range t.Influence {
		m.Influence[i] = e / d
	}
	return m
}

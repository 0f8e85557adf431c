import {
  all,
  anything,
  byType,
  type Check,
  isObject,
  list,
  may,
  need,
  num,
  shape,
  str,
  unique,
} from './check.ts';

/** Rules of the data_visualization block's chart. */
const label = str(20);
const point = shape({ label: need(label), value: need(num(-1e308, 1e308)) });
const series = shape({ name: need(label), data: need(list(point, 1, 20)) });
const axis = shape({
  categories: need(
    all(list(label, 1, 20), (value, path, out) => {
      if (Array.isArray(value) && new Set(value).size !== value.length)
        out.push({ path, message: 'categories must be unique' });
    }),
  ),
  x_label: may(str(50)),
  y_label: may(str(50)),
});

/** Each series has exactly one value for each category. */
const labelsMatch: Check = (value, path, out) => {
  if (!isObject(value) || !isObject(value.axis_config) || !Array.isArray(value.series)) return;
  const categories = Array.isArray(value.axis_config.categories) ? value.axis_config.categories : [];
  const wanted = [...categories].sort().join('\n');
  value.series.forEach((each, index) => {
    const data = isObject(each) && Array.isArray(each.data) ? each.data : [];
    const labels = data.map((one) => (isObject(one) ? one.label : undefined));
    if (labels.sort().join('\n') !== wanted)
      out.push({ path: `${path}/series/${index}/data`, message: 'must have one data point per category' });
  });
};
const xy = shape(
  {
    type: need(anything),
    axis_config: need(axis),
    series: need(all(list(series, 1, 6), unique('name'))),
  },
  labelsMatch,
);
const pie = shape({ type: need(anything), segments: need(list(point, 1, 6)) });

export const dataVisualization = byType(() => ({ line: xy, bar: xy, area: xy, pie }));

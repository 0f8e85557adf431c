import { type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Icon } from '../Icon.tsx';
import { type ChartModel, formatValue, shownLabels, ticksOf, tonesOf } from './chart.ts';

const PLOT_HEIGHT = 150;
const PAD = { top: 10, right: 14, bottom: 26 };

/** The width it really has: text keeps its size on a phone. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(520);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    setWidth(Math.max(240, element.clientWidth));
    const observer = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** In the middle under its point, unless it would leave the chart there. */
function anchorOf(label: string, index: number, count: number): 'start' | 'middle' | 'end' {
  if (count < 2 || label.length <= 4) return 'middle';
  return index === 0 ? 'start' : index === count - 1 ? 'end' : 'middle';
}

function Plot({ model }: { model: ChartModel }) {
  const [box, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const tones = useMemo(() => tonesOf(model.series), [model]);
  const values = model.series.flatMap((one) => one.values.filter((value) => value !== null));
  const ticks = ticksOf(values.length > 0 ? values : [1]);
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  const left = Math.max(...ticks.map((tick) => formatValue(tick).length)) * 7 + 14;
  const plotWidth = width - left - PAD.right;
  const count = model.categories.length;
  const x = (index: number) => left + (count < 2 ? plotWidth / 2 : (index / (count - 1)) * plotWidth);
  const y = (value: number) => PAD.top + (1 - (value - low) / (high - low || 1)) * PLOT_HEIGHT;
  const labels = shownLabels(model.categories, plotWidth);
  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const inside = event.clientX - event.currentTarget.getBoundingClientRect().left - left;
    setAt(Math.max(0, Math.min(count - 1, Math.round((inside / plotWidth) * (count - 1)))));
  };
  const path = (points: readonly (number | null)[]) => {
    let isDown = false;
    return points
      .map((value, index) => {
        if (value === null) {
          isDown = false;
          return '';
        }
        const step = `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
        isDown = true;
        return step;
      })
      .join('');
  };
  const bottom = PAD.top + PLOT_HEIGHT;
  const summary = `Line chart: ${model.title}. ${model.series
    .map((one) => {
      const last = one.values.findLast((value) => value !== null);
      return `${one.name} ${last === undefined || last === null ? 'unknown' : formatValue(last)}`;
    })
    .join(', ')}.`;
  return (
    <div ref={box} className="chart-plot">
      <svg
        width={width}
        height={bottom + PAD.bottom}
        role="img"
        aria-label={summary}
        onPointerMove={follow}
        onPointerDown={follow}
        onPointerLeave={() => setAt(null)}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="chart-grid" x1={left} x2={width - PAD.right} y1={y(tick)} y2={y(tick)} />
            <text
              className="chart-label"
              x={left - 8}
              y={y(tick)}
              textAnchor="end"
              dominantBaseline="central"
            >
              {formatValue(tick)}
            </text>
          </g>
        ))}
        {model.categories.map((label, index) =>
          labels.has(index) ? (
            <text
              key={label}
              className="chart-label"
              x={x(index)}
              y={bottom + 17}
              textAnchor={anchorOf(label, index, count)}
            >
              {label}
            </text>
          ) : null,
        )}
        {model.series.map((one, index) => {
          const last = one.values.findLastIndex((value) => value !== null);
          const first = one.values.findIndex((value) => value !== null);
          const lastValue = one.values[last];
          const isLimit = tones[index] === 'limit';
          const isWhole = !one.values.slice(first, last + 1).includes(null);
          return (
            <g key={one.name} className={`chart-series tone-${tones[index]}`}>
              {!isLimit && isWhole && last > first && (
                <path
                  className="chart-area"
                  d={`${path(one.values)}L${x(last)} ${bottom}L${x(first)} ${bottom}Z`}
                />
              )}
              <path className="chart-line" d={path(one.values)} />
              {!isLimit && typeof lastValue === 'number' && (
                <circle cx={x(last)} cy={y(lastValue)} r="3.500" />
              )}
            </g>
          );
        })}
        {at !== null && <line className="chart-cursor" x1={x(at)} x2={x(at)} y1={PAD.top} y2={bottom} />}
      </svg>
      {at !== null && (
        <div
          className="chart-tip"
          style={x(at) > width / 2 ? { right: width - x(at) + 10 } : { left: x(at) + 10 }}
        >
          <strong>{model.categories[at]}</strong>
          {model.series.map((one, index) => {
            const value = one.values[at];
            return (
              <span key={one.name} className={`tone-${tones[index]}`}>
                <i /> {one.name} <b>{typeof value === 'number' ? formatValue(value) : '—'}</b>
              </span>
            );
          })}
        </div>
      )}
      <div className="chart-legend" aria-hidden="true">
        {model.series.map((one, index) => (
          <span key={one.name} className={`tone-${tones[index]}`}>
            <i /> {one.name}
          </span>
        ))}
      </div>
    </div>
  );
}

function AsTable({ model }: { model: ChartModel }) {
  return (
    <div className="sheet-scroll">
      <table className="sheet">
        <thead>
          <tr>
            <th scope="col">{model.xLabel || 'at'}</th>
            {model.series.map((one) => (
              <th key={one.name} scope="col" className="right">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.categories.map((label, at) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {model.series.map((one) => (
                <td key={one.name} className="right">
                  {typeof one.values[at] === 'number' ? formatValue(one.values[at]) : '—'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The library sets every category label and one palette for both themes; twenty ticks on a phone need less. */
export function LineChart({ model }: { model: ChartModel }) {
  const [isTable, setTable] = useState(false);
  return (
    <figure className="chart">
      <figcaption>
        <span>
          <strong>{model.title}</strong>
          {model.yLabel && <small>{model.yLabel}</small>}
        </span>
        <button
          type="button"
          className="icon-button"
          aria-pressed={isTable}
          aria-label={isTable ? 'View as chart' : 'View as table'}
          onClick={() => setTable((before) => !before)}
        >
          <Icon name={isTable ? 'chart' : 'table'} />
        </button>
      </figcaption>
      {isTable ? <AsTable model={model} /> : <Plot model={model} />}
    </figure>
  );
}

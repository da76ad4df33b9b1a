/// What draws the charts of the page, by Chart.js. All texts reach the page as text, never as markup.
enum ReportScript {
  static let text = #"""
    'use strict';
    (() => {
      const parts = JSON.parse(document.getElementById('chart-data').textContent);
      const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      const font = 'system-ui, sans-serif';
      const shapes = { scythe: 'rectRot', kernel: 'triangle', other: 'circle' };
      const hues = { scythe: '--good', kernel: '--kernel', other: '--plain' };
      const drawn = [];

      const make = (name, parent, text) => {
        const element = document.createElement(name);
        if (text !== undefined) element.textContent = text;
        parent.append(element);
        return element;
      };

      const steps = {
        microseconds: [[1e6, 's'], [1e3, 'ms'], [1, 'us']],
        bytes: [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB'], [1, 'B']],
        number: [[1, '']],
      };
      const tick = (unit, value) => {
        if (Math.abs(Math.log10(value) % 1) > 1e-6 && Math.abs(Math.log10(value) % 1) < 1 - 1e-6) return '';
        const [size, word] = steps[unit].find(([size]) => value >= size) || steps[unit].at(-1);
        return `${+(value / size).toPrecision(3)} ${word}`.trim();
      };

      // Where there is little room, a long text takes two lines.
      const narrow = matchMedia('(max-width: 600px)');
      const folded = (text, at) => {
        const end = narrow.matches && text.length > 14 && text.includes(at) ? text.indexOf(at) + at.length : 0;
        return end > 0 ? [text.slice(0, end).trim(), text.slice(end)] : [text];
      };

      // What each row says stands in a column of its own at the right, so that no point hides it.
      const words = {
        id: 'words',
        afterDatasetsDraw(chart, _, options) {
          const { ctx, chartArea, scales } = chart;
          ctx.save();
          ctx.textBaseline = 'middle';
          options.rows.forEach((row, index) => {
            ctx.font = `${row.kind === 'scythe' || row.isNever ? 600 : 400} 12px ${font}`;
            ctx.fillStyle = style(row.isNever ? '--bad' : row.value === undefined ? '--soft' : '--ink');
            const lines = folded(row.text, ', ');
            lines.forEach((line, number) => {
              const y = scales.y.getPixelForValue(index) + (number - (lines.length - 1) / 2) * 14;
              ctx.fillText(line, chartArea.right + 12, y);
            });
          });
          ctx.restore();
        },
      };

      const width = (texts, weight) => {
        const context = document.createElement('canvas').getContext('2d');
        context.font = `${weight} 12px ${font}`;
        return Math.ceil(Math.max(0, ...texts.map((text) => context.measureText(text).width)));
      };

      const draw = (canvas, chart, room) => {
        const { rows, least, most } = chart;
        const names = width(rows.flatMap((row) => folded(row.label, ' and ')), 600) + 14;
        const inside = (value) => Math.min(most, Math.max(least, value));
        const point = (row) => row.isNever ? most : row.value === undefined ? null : inside(row.value);
        const hue = (row) => style(row.isNever ? '--bad' : hues[row.kind]);
        const line = ({ low, high }) => low === undefined ? null : [inside(low), inside(high ?? most)];
        return new Chart(canvas, {
          data: {
            labels: rows.map((row) => folded(row.label, ' and ')),
            datasets: [
              {
                type: 'line', data: rows.map(point), showLine: false, clip: false, pointBackgroundColor: rows.map(hue),
                pointBorderColor: rows.map(hue), pointBorderWidth: rows.map((row) => row.isNever ? 3 : 1),
                pointStyle: rows.map((row) => row.isNever ? 'crossRot' : shapes[row.kind]),
                pointRadius: rows.map((row) => row.kind === 'other' && !row.isNever ? 4.5 : 6), pointHoverRadius: 7,
              },
              { type: 'bar', data: rows.map(line), backgroundColor: rows.map(hue), barThickness: 3, minBarLength: 1 },
              // From the edge on to a cross: it is no point on the axis.
              {
                type: 'bar', data: rows.map((row) => row.isNever ? [least, most] : null), barThickness: 1,
                backgroundColor: style('--bad'),
              },
            ],
          },
          options: {
            indexAxis: 'y', animation: false, responsive: true, maintainAspectRatio: false, grouped: false,
            datasets: { bar: { grouped: false } },
            layout: { padding: { right: room + 18 } },
            scales: {
              x: {
                type: 'logarithmic', min: least, max: most, grid: { color: style('--rule') },
                border: { display: false },
                ticks: {
                  color: style('--soft'), font: { family: font, size: 11 }, maxRotation: 0, autoSkip: false,
                  callback: (value) => tick(chart.unit, value),
                },
                afterBuildTicks: (axis) => {
                  axis.ticks = axis.ticks.filter(({ value }) => tick(chart.unit, value) !== '');
                  // On a narrow screen every other power of ten is enough.
                  const step = axis.width / axis.ticks.length < 42 ? 2 : 1;
                  axis.ticks = axis.ticks.filter((_, index) => index % step === 0);
                },
              },
              y: {
                grid: { display: false }, border: { display: false },
                // By itself it takes no more than half of what there is, and cuts names off.
                afterFit: (axis) => { axis.width = Math.max(axis.width, names); },
                ticks: {
                  autoSkip: false, crossAlign: 'far',
                  color: style('--ink'),
                  font: ({ index }) => ({
                    family: font, size: 12, weight: rows[index] && rows[index].kind === 'scythe' ? '600' : '400',
                  }),
                },
              },
            },
            plugins: {
              legend: { display: false },
              words: { rows },
              tooltip: {
                filter: ({ datasetIndex }) => datasetIndex === 0,
                callbacks: { label: ({ dataIndex }) => rows[dataIndex].text },
              },
            },
          },
          plugins: [words],
        });
      };

      const show = (place, charts) => {
        place.replaceChildren();
        // The same room for words in each, so that the same length means the same in each.
        const room = width(charts.flatMap((chart) => chart.rows.flatMap((row) => folded(row.text, ', '))), 600);
        let group, card;
        for (const chart of charts) {
          if (chart.group !== group) {
            group = chart.group;
            card = make('div', place);
            card.className = 'card';
            make('h3', card, group);
          }
          const figure = make('figure', card);
          make('figcaption', figure, chart.title);
          const plot = make('div', figure);
          plot.className = 'plot';
          const isFolded = ({ label, text }) => folded(label, ' and ').length + folded(text, ', ').length > 2;
          plot.style.height = `${chart.rows.length * (chart.rows.some(isFolded) ? 32 : 21) + 30}px`;
          const canvas = make('canvas', plot);
          canvas.setAttribute('role', 'img');
          canvas.setAttribute('aria-label',
            `${group}, ${chart.title}: ${chart.rows.map((row) => `${row.label} ${row.text}`).join('; ')}`);
          drawn.push(draw(canvas, chart, room));
        }
      };

      // One choice for the whole page: the same kernel in every part, at first the newest.
      let choice;
      const redraw = () => {
        drawn.splice(0).forEach((chart) => chart.destroy());
        document.querySelectorAll('.charts').forEach((part) => {
          const charts = parts[part.dataset.part];
          const own = [...new Set(charts.map((chart) => chart.platform))];
          const shown = own.includes(choice) ? choice : own.at(-1);
          part.querySelectorAll('input').forEach((input) => { input.checked = input.value === shown; });
          show(part.querySelector('.cards'), charts.filter((chart) => chart.platform === shown));
        });
      };
      document.querySelectorAll('.charts').forEach((part) => {
        const platforms = [...new Set(parts[part.dataset.part].map((chart) => chart.platform))];
        const buttons = make('fieldset', part);
        buttons.className = 'choice';
        buttons.setAttribute('aria-label', 'kernel');
        platforms.forEach((platform) => {
          const label = make('label', buttons);
          const input = make('input', label);
          input.type = 'radio';
          input.name = `kernel-${part.dataset.part}`;
          input.value = platform;
          input.addEventListener('change', () => { choice = platform; redraw(); });
          label.append(` ${platform}`);
        });
        make('div', part).className = 'cards';
      });
      redraw();
      narrow.addEventListener('change', redraw);
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    })();
    """#
}

import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Board, Panel } from "./board.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable
const source = { type: "prometheus", uid: "${datasource}" };
const tag = "nexus";
const labels = {
  cluster: 'namespace=~"$namespace", chat_cluster=~"$cluster"',
  namespace: 'namespace=~"$namespace"',
};
const HEIGHT = 8;
const STAT_HEIGHT = 4;

/** Grafana's JSON of a dashboard. */
export function buildDashboard(board: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(`Nexus / ${board.title}`)
    .uid(`nexus-${board.uid}`)
    .description(board.description)
    .tags([tag])
    .timezone("browser")
    .readonly()
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder("Nexus")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([tag])
        .icon("external link")
        .tooltip("The other dashboards of Nexus, for the same time and cluster")
        .url("")
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true)
        .targetBlank(false),
    );
  for (const variable of variables(board.scope)) builder.withVariable(variable);
  for (const row of board.rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(buildPanel(board, panel));
  }
  return builder.build();
}

/** The query as Prometheus gets it but for Grafana's own variables. */
export function withLabels(expr: string, scope: Board["scope"]): string {
  return expr.replaceAll("{*", `{${labels[scope]}`);
}

function variables(scope: Board["scope"]) {
  const all = { text: "All", value: "$__all" };
  const choice = (name: string, label: string, query: string) =>
    new dashboard.QueryVariableBuilder(name)
      .label(label)
      .datasource(source)
      .query({ query, refId: name })
      .definition(query)
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .sort(dashboard.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(".*")
      .current(all);
  const metric = scope === "cluster" ? "nexus_connections" : "nexus_operator_leader";
  return [
    new dashboard.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    choice("namespace", "Namespace", `label_values(${metric}, namespace)`),
    ...(scope === "cluster"
      ? [choice("cluster", "Chat cluster", `label_values(${metric}{namespace=~"$namespace"}, chat_cluster)`)]
      : []),
  ];
}

function buildPanel(board: Board, panel: Panel) {
  const builder = panel.stat ? statPanel() : linesPanel(panel);
  builder
    .title(panel.title)
    .description(panel.quiet ? `${panel.description} May be empty: ${panel.quiet}.` : panel.description)
    .datasource(source)
    .unit(panel.unit)
    .min(0)
    .span(panel.width ?? (panel.stat ? 4 : 12))
    .height(panel.stat ? STAT_HEIGHT : HEIGHT)
    .thresholds(thresholdsOf(panel));
  if (panel.max !== undefined) builder.max(panel.max);
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    const query = new prometheus.DataqueryBuilder()
      .expr(withLabels(expr, board.scope))
      .legendFormat(legend)
      .datasource(source)
      .refId(String.fromCharCode(65 + index))
      .exemplar(expr.includes("histogram_quantile"));
    builder.withTarget(panel.stat ? query.instant() : query.range());
  }
  return builder;
}

function statPanel() {
  return new stat.PanelBuilder()
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
}

function linesPanel(panel: Panel) {
  const builder = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(panel.stacked ? 20 : 5)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (panel.thresholds)
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line),
    );
  if (panel.stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  return builder;
}

function thresholdsOf({ thresholds }: Panel) {
  const steps = !thresholds
    ? [{ value: null, color: "green" }]
    : "warn" in thresholds
      ? [
          { value: null, color: "green" },
          { value: thresholds.warn, color: "orange" },
          { value: thresholds.bad, color: "red" },
        ]
      : [
          { value: null, color: "red" },
          { value: thresholds.badBelow, color: "orange" },
          { value: thresholds.warnBelow, color: "green" },
        ];
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}

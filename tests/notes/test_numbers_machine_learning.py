"""Every worked number of the notes on machine learning, computed anew and looked for in them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from tests.notes.reading import arrays as record
from tests.notes.reading import listing
from tests.notes.reading import question as question_of

FILE = "10-machine-learning.md"


def question(number: str) -> str:
    return question_of(number, FILE)


# --------------------------------------------------------------------------- SVM


def test_svm_worked_example() -> None:
    text = question("svm")
    assert "正类 $(2,2)$、$(3,3)$，负类 $(1,0)$、$(0,0)$" in text
    assert r"w=(0.4,\,0.8)^\top,\qquad b=-1.4" in text
    w, b = np.array([0.4, 0.8]), -1.4
    f = np.array([[2, 2], [3, 3], [1, 0], [0, 0]]) @ w + b
    assert f == pytest.approx([1, 2.2, -1, -1.4])
    assert "$f(3,3)=2.2$，$f(0,0)=-1.4$" in text
    assert 2 / np.linalg.norm(w) == pytest.approx(5**0.5)
    assert w @ w == pytest.approx(0.8)
    alpha = 0.4  # of both support vectors, and the KKT conditions hold
    assert alpha * (np.array([2, 2]) - np.array([1, 0])) == pytest.approx(w)
    assert 2 * alpha - w @ w / 2 == pytest.approx(w @ w / 2)
    assert r"$\alpha=0.4$，对偶目标 $0.8-0.4=0.4$" in text


def test_svm_worked_example_is_what_a_solver_finds() -> None:
    svm = pytest.importorskip("sklearn.svm")
    x, y = [[2, 2], [3, 3], [1, 0], [0, 0]], [1, 1, -1, -1]
    model = svm.SVC(kernel="linear", C=1e6).fit(x, y)
    assert model.coef_[0] == pytest.approx([0.4, 0.8], abs=1e-3)
    assert model.intercept_ == pytest.approx([-1.4], abs=1e-3)


def test_svm_figure() -> None:
    values = record("svm-margin")
    linear, rbf = values["linear_support"].sum(), values["rbf_support"].sum()
    said = f"左右两幅各有 {len(values['y'])} 个样本，支持向量只有 {linear} 个和 {rbf} 个"
    assert said in question("svm")


# --------------------------------------------------------------------------- k nearest neighbours


def test_knn_bound_and_cube() -> None:
    text = question("knn")
    best = 0.10
    bound = best * (2 - 2 / (2 - 1) * best)
    assert bound == pytest.approx(2 * best * (1 - best))
    assert rf"$R^*={100 * best:.0f}\%$ 时上界是 {100 * bound:.0f}%" in text
    sides = "，".join(f"$d={d}$ 时 {0.01 ** (1 / d):.2f}" for d in (2, 10, 100))
    assert rf"圈住 1% 的样本，小立方体的边长要 $0.01^{{1/d}}$：{sides}" in text


def test_knn_of_the_nearest_neighbour_alone_and_its_bound() -> None:
    rng = np.random.default_rng(5)
    posterior = rng.beta(0.5, 2, 100_000)
    wrong = np.minimum(posterior, 1 - posterior)
    best = wrong.mean()
    error = (2 * posterior * (1 - posterior)).mean()
    assert (2 * wrong * (1 - wrong)).mean() == pytest.approx(error)
    assert best < error < 2 * best * (1 - best)


def test_knn_distances_concentrate() -> None:
    rng = np.random.default_rng(6)

    def spread(d: int) -> float:
        distance = np.linalg.norm(rng.random((1000, d)) - rng.random(d), axis=1)
        return float(distance.max() / distance.min())

    assert spread(2) > 10 > 2 > spread(100) > spread(10_000) > 1
    assert spread(10_000) < 1.1


def test_knn_figure() -> None:
    text, values = question("knn"), record("knn-boundary")
    ks = [1, 3, 5, 9, 15, 25, 45, 81, 121, 161]
    error = dict(zip(ks, 100 * values["test_error"], strict=True))
    assert values["train_error"][0] == 0
    assert min(error, key=lambda k: error[k]) == 25
    assert f"图中 {len(values['y'])} 个样本" in text
    assert f"$k=1$ 的训练误差是 0，测试误差却有 {error[1]:.1f}%" in text
    assert f"$k=25$ 降到 {error[25]:.1f}%，贝叶斯错误率是 {100 * values['bayes']:.1f}%" in text
    assert f"$k=161$ 又升到 {error[161]:.1f}%" in text


def test_knn_neighbours_average_their_noise_away() -> None:
    rng = np.random.default_rng(1)
    x = np.sort(rng.uniform(0, 1, 40))
    y = np.sin(x) + 0.5 * rng.standard_normal((20_000, 40))
    nearest = np.abs(x - 0.5).argsort()[:8]
    means = y[:, nearest].mean(axis=1)
    assert means.var() == pytest.approx(0.25 / 8, rel=0.05)
    assert means.mean() == pytest.approx(np.sin(x[nearest]).mean(), abs=0.005)


# --------------------------------------------------------------------------- K-means


def test_k_means_table() -> None:
    text = question("k-means")
    x, centres = np.array([1.0, 2, 4, 8, 10]), np.array([1.0, 2])
    assert "一维数据 $1,2,4,8,10$，$K=2$，中心从 1、2 开始" in text

    def show(values: np.ndarray) -> str:
        return "，".join(f"{value:.2f}".rstrip("0").rstrip(".") for value in values)

    for turn in (1, 2, 3):
        cluster = np.abs(x[:, None] - centres).argmin(axis=1)
        groups = [x[cluster == k] for k in (0, 1)]
        new = np.array([group.mean() for group in groups])
        objective = ((x - new[cluster]) ** 2).sum()
        sets = "，".join(
            "$\\{" + ",".join(f"{value:.0f}" for value in group) + "\\}$" for group in groups
        )
        row = f"| {turn} | {show(centres)} | {sets} | {show(new)} | {objective:.2f} |"
        assert row in text
        centres = new
    again = np.abs(x[:, None] - centres).argmin(axis=1)
    assert (again == cluster).all()
    best = min(
        sum(((part - part.mean()) ** 2).sum() for part in (x[:cut], x[cut:])) for cut in range(1, 5)
    )
    assert objective == pytest.approx(best)


def test_k_means_identity_of_the_mean() -> None:
    rng = np.random.default_rng(2)
    x, c = rng.standard_normal((9, 3)), rng.standard_normal(3)
    mean = x.mean(axis=0)
    spread = ((x - mean) ** 2).sum()
    assert ((x - c) ** 2).sum() == pytest.approx(spread + 9 * ((mean - c) ** 2).sum())


def test_k_means_figure() -> None:
    text, values = question("k-means"), record("k-means-steps")
    good, bad = values["good_J"][-1], values["bad_J"][-1]
    assert f"一次停在 $J={good:.1f}$，一次停在 {bad:.1f}" in text
    said = f"各运行 {values['runs']} 次，随机初始化有 {values['random_best']} 次到达最优，"
    assert said + f"K-means++ 有 {values['plus_plus_best']} 次" in text


def test_k_means_listing() -> None:
    torch = pytest.importorskip("torch")
    kmeans = listing(question("k-means"))["kmeans"]
    x = torch.tensor([[1.0], [2], [4], [8], [10]])
    centres, cluster = kmeans(x, x[:2])
    assert centres[:, 0].tolist() == pytest.approx([7 / 3, 9])
    assert cluster.tolist() == [0, 0, 0, 1, 1]
    centres, cluster = kmeans(x, torch.tensor([[5.0], [100.0]]))
    assert centres[:, 0].tolist() == [5, 100]  # the empty cluster stays


# --------------------------------------------------------------------------- information gain


def bits(*counts: float) -> float:
    """Entropy in bits of a distribution given by counts."""
    p = np.array(counts, dtype=float) / sum(counts)
    p = p[p > 0]
    return float((p * -np.log2(p)).sum()) + 0.0


def test_information_gain_worked_example() -> None:
    text = question("information-gain")
    node = bits(9, 5)
    assert rf"\log_2\tfrac5{{14}}={node:.3f}" in text
    assert "晴（2 打 3 不打）、阴（4 打 0 不打）、雨（3 打 2 不打）" in text
    assert f"熵依次为 {bits(2, 3):.3f}、{bits(4, 0):.0f}、{bits(3, 2):.3f}" in text
    conditional = 5 / 14 * bits(2, 3) + 5 / 14 * bits(3, 2)
    assert f"&={conditional:.3f}" in text
    gain = node - conditional
    assert f"$0.940-0.694={gain:.3f}$" in text
    assert f"{node:.3f}-{conditional:.3f}" == "0.940-0.694"
    humidity = node - bits(3, 4) / 2 - bits(6, 1) / 2
    wind = node - 8 / 14 * bits(6, 2) - 6 / 14 * bits(3, 3)
    heat = node - 4 / 14 * bits(2, 2) - 6 / 14 * bits(4, 2) - 4 / 14 * bits(3, 1)
    assert f"湿度 {humidity:.3f}、风力 {wind:.3f}、温度 {heat:.3f}" in text
    assert f"条件熵为 0，增益高达 {node:.3f}" in text
    sky, date = bits(5, 4, 5), math.log2(14)
    assert f"天气的 $H(A)={sky:.3f}$，增益率 {gain / sky:.3f}" in text
    assert rf"日期的 $H(A)=\log_214={date:.3f}$，增益率降为 {node / date:.3f}" in text
    values = record("information-gain")
    assert values["gains"] == pytest.approx([node, gain, humidity, wind, heat], abs=1e-5)
    assert values["ratios"][:2] == pytest.approx([node / date, gain / sky], abs=1e-5)


def test_information_gain_of_the_iris() -> None:
    text, values = question("information-gain"), record("information-gain")
    said = f"花瓣长度在 {values['best_threshold']} cm 处增益最大，为 {values['best_gain']:.3f} 比特"
    assert said in text
    assert values["left_of_best"].tolist() == [50, 0, 0]
    assert values["best_gain"] == pytest.approx(math.log2(3) - 2 / 3, abs=1e-5)


def test_information_gain_sees_what_the_error_does_not() -> None:
    text = question("information-gain")
    first = bits(300, 100)
    second = 600 / 800 * bits(200, 400)
    assert f"前者 {first:.3f}，后者 {second:.3f}" in text
    assert (100 + 100) / 800 == 200 / 800 == 0.25
    xor = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    for column in (0, 1):
        halves = [xor[xor[:, column] == value, 2] for value in (0, 1)]
        assert all(bits(*np.bincount(half)) == 1 for half in halves)


# --------------------------------------------------------------------------- Bayesian networks


def test_bayesian_network_worked_example() -> None:
    text = question("bayesian-network")
    assert (
        "$P(C)=0.5$；$P(S\\mid C)$ 多云时 0.1，否则 0.5；$P(R\\mid C)$ 多云时 0.8，否则 0.2" in text
    )
    cloud, sprinkler, rain = np.array([0.5, 0.5]), np.array([0.5, 0.1]), np.array([0.2, 0.8])
    wet = np.array([[0.0, 0.9], [0.9, 0.99]])
    both = np.einsum(
        "c,cs,cr->sr",
        cloud,
        np.stack((1 - sprinkler, sprinkler), axis=1),
        np.stack((1 - rain, rain), axis=1),
    )
    for s, r, terms in ((1, 1, "0.1)(0.8"), (1, 0, "0.1)(0.2"), (0, 1, "0.9)(0.8")):
        said = rf"P\(S\{{=\}}{s},R\{{=\}}{r}\)&=0.5\({re.escape(terms)}\)[^&]*&={both[s, r]:.2f}"
        assert re.search(said, text)
    mass = both * wet
    assert f"0.99(0.09)+0.90(0.21)+0.90(0.41)\\\\\n&={mass.sum():.4f}" in text
    assert f"{mass[1, 1]:.4f}+{mass[1, 0]:.4f}" in text
    assert rf"}}{{{mass.sum():.4f}}}={mass[1].sum() / mass.sum():.3f}" in text
    given_rain = mass[1, 1] / mass[:, 1].sum()
    assert rf"{mass[1, 1]:.4f}+{mass[0, 1]:.4f}}}={given_rain:.3f}" in text
    assert f"先验 $P(S)={both[1].sum():.2f}$" in text
    posteriors = record("bayes-net-inference")["posteriors"]
    expected = [both[1].sum(), mass[1].sum() / mass.sum(), given_rain]
    assert posteriors == pytest.approx(expected, abs=1e-6)
    before = both[1, 1] / both[:, 1].sum()  # P(S | R): negatively correlated through the cloud
    assert rf"$P(S\mid R)={before:.2f}$" in text
    assert f"是先验的 {before / both[1].sum():.2f} 倍" in text
    after = given_rain / (mass[1].sum() / mass.sum())
    assert f"下雨却使它降为 {after:.2f} 倍" in text


def test_bayesian_network_counts() -> None:
    text = question("bayesian-network")
    assert f"参数共 {1 + 2 + 2 + 4} 个，完整表要 {2**4 - 1} 个" in text
    many, few = record("bayes-net-inference")["multiplications"][-1]
    assert (many, few) == (2**14 * 13, 4 * 13)
    assert f"枚举用 {many:,} 次乘法" in text
    assert f"同一条链只用 {few} 次" in text
    assert rf"$2^{{30}}-1\approx{(2**30 - 1) / 1e9:.2f}\times10^9$" in text
    assert rf"$30\times8={30 * 2**3}$" in text


# --------------------------------------------------------------------------- linear regression


def test_linear_regression_worked_example() -> None:
    text = question("linear-regression")
    x, y = np.array([1.0, 2, 3]), np.array([2.0, 3, 5])
    assert "三个点 $(1,2)$、$(2,3)$、$(3,5)$" in text
    design = np.stack((x, np.ones(3)), axis=1)
    (k, b), *_ = np.linalg.lstsq(design, y, rcond=None)
    assert (k, b) == pytest.approx((3 / 2, 1 / 3))
    residual = y - design @ [k, b]
    assert residual == pytest.approx([1 / 6, -1 / 3, 1 / 6])
    assert design.T @ residual == pytest.approx([0, 0])
    total = ((y - y.mean()) ** 2).sum()
    assert (residual @ residual, total) == pytest.approx((1 / 6, 14 / 3))
    r2 = 1 - residual @ residual / total
    assert r2 == pytest.approx(1 - 1 / 28)
    assert rf"$R^2=1-\tfrac1{{28}}={r2:.3f}$" in text


def test_linear_regression_curvature() -> None:
    text = question("linear-regression")
    x = np.array([1.0, 2, 3])
    design = np.stack((x, np.ones(3)), axis=1)
    hessian = 2 / 3 * design.T @ design
    assert hessian == pytest.approx(2 / 3 * np.array([[14, 6], [6, 3]]))
    low, high = np.linalg.eigvalsh(hessian)
    said = f"特征值 {high:.2f} 与 {low:.3f}，步长上限 {2 / high:.3f}，"
    assert said + rf"$\kappa={high / low:.1f}$" in text
    design[:, 0] -= 2
    centred = 2 / 3 * design.T @ design
    assert centred == pytest.approx(np.diag(np.diag(centred)))
    assert rf"$\kappa={np.linalg.cond(centred):.1f}$" in text


def test_linear_regression_figure() -> None:
    text, values = question("linear-regression"), record("linear-regression-gd")
    for name, lead, tail in (("raw", "条件数", "要"), ("centred", "减去均值后条件数", "只要")):
        condition, steps = values[f"{name}_condition"], values[f"{name}_steps"]
        assert f"{lead} {condition:.1f}，{tail} {steps} 步" in text
    assert f"图中是 {len(values['x'])} 个样本" in text
    assert values["raw_exact"][0] == pytest.approx(values["centred_exact"][0], rel=1e-4)
    assert values["raw_mse"] == pytest.approx(values["centred_mse"])


# --------------------------------------------------------------------------- feature scaling


def test_feature_scaling_distances() -> None:
    text = question("feature-scaling")
    a, b, c = np.array([25.0, 8000]), np.array([60.0, 8100]), np.array([26.0, 9000])
    assert "$A=(25,8000)$、$B=(60,8100)$、$C=(26,9000)$" in text
    assert (
        f"$A$ 到 $B$ 是 {np.linalg.norm(a - b):.1f}，到 $C$ 是 {np.linalg.norm(a - c):.1f}" in text
    )
    width = np.array([10, 2000])
    near, far = np.linalg.norm((a - c) / width), np.linalg.norm((a - b) / width)
    assert f"按标准差 10 岁、2000 元缩放，两个距离变成 {far:.2f} 与 {near:.2f}" in text


def test_feature_scaling_table() -> None:
    text = question("feature-scaling")
    x = np.array([1.0, 2, 3, 4, 100])

    def row(name: str, values: np.ndarray, digits: int) -> str:
        shown = [f"{value:.{digits}f}" for value in values]
        cells = (f"${cell}$" if cell.startswith("-") else cell for cell in shown)
        return f"| {name} | " + " | ".join(cells) + " |"

    unit = (x - x.min()) / (x.max() - x.min())
    expected = row("归一化", unit, 3).replace("0.000", "0").replace("1.000", "1")
    assert expected in text
    assert row("标准化", (x - x.mean()) / x.std(), 2) in text
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
    assert f"减中位数（{middle:.0f}）、除以四分位距（{high - low:.0f}）" in text
    assert (x - middle) / (high - low) == pytest.approx([-1, -0.5, 0, 0.5, 48.5])
    assert "| 稳健缩放 | $-1$ | $-0.5$ | 0 | 0.5 | 48.5 |" in text


def test_feature_scaling_figure() -> None:
    text, values = question("feature-scaling"), record("feature-scaling")
    assert f"最多相差 {values['spread']:.0f} 倍" in text
    raw, _, standard = 100 * values["accuracy"]
    assert f"KNN 的准确率由 {raw[0]:.1f}% 升到 {standard[0]:.1f}%（标准化）" in text
    assert f"逻辑回归走 300 步由 {raw[1]:.1f}% 升到 {standard[1]:.1f}%" in text
    assert {f"{each:.0f}" for each in 100 * values["accuracy"][:, 2]} == {"89"}
    assert "决策树则始终约 89%" in text


def test_feature_scaling_listing() -> None:
    fit = listing(question("feature-scaling"))["fit_standardizer"]
    x = np.random.default_rng(3).standard_normal((50, 3)) * [1, 10, 0] + [5, 0, 7]
    z = fit(x)(x)
    assert z.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-12)
    assert z.std(axis=0) == pytest.approx([1, 1, 0])
    assert fit(x)(np.array([[5.0, 0, 8]]))[0, 2] == pytest.approx(1)  # a constant is not blown up


# --------------------------------------------------------------------------- bias and variance


def test_bias_variance_shrinkage() -> None:
    text = question("bias-variance")
    assert r"$n=4$ 个样本估计均值 $\mu=1$，$\sigma^2=4$" in text
    mu, variance = 1.0, 4 / 4
    for c, shown in (
        (1.0, "1 | 0 | 1 | 1"),
        (0.5, "0.5 | 0.25 | 0.25 | 0.50"),
        (0.0, "0 | 1 | 0 | 1"),
    ):
        cells = [float(cell) for cell in shown.split(" | ")]
        bias2, spread = ((1 - c) * mu) ** 2, c**2 * variance
        assert cells == pytest.approx([c, bias2, spread, bias2 + spread])
        assert f"| {shown} |" in text
    grid = np.linspace(0, 1, 1001)
    best = grid[((1 - grid) ** 2 * mu**2 + grid**2 * variance).argmin()]
    assert best == pytest.approx(mu**2 / (mu**2 + variance))
    assert rf"\sigma^2/n)={best:.1f}$" in text


def test_bias_variance_figure() -> None:
    text, values = question("bias-variance"), record("bias-variance")
    table = values["table"]
    assert f"$\\sigma^2={values['noise']}$" in text
    assert f"一次多项式的偏差平方 {table[1, 0]:.3f}，方差 {table[1, 1]:.3f}" in text
    assert values["best"] == 3
    said = f"三次是 {table[3, 0]:.3f} 与 {table[3, 1]:.3f}，测试误差 {table[3, 2]:.3f}，最低"
    assert said in text
    theory = 13 * 0.16 / 20
    assert f"方差 {table[12, 1]:.3f}（公式给出 $13\\times0.16/20={theory:.3f}$）" in text
    assert f"训练误差降到 {table[12, 3]:.3f}，测试误差却升到 {table[12, 2]:.3f}" in text
    p = np.arange(1, 14)
    assert table[:, 2] - table[:, 3] == pytest.approx(2 * p * 0.16 / 20, rel=0.05, abs=1e-3)


def test_bias_variance_of_correlated_averages() -> None:
    rng = np.random.default_rng(4)
    rho, count = 0.3, 5
    covariance = np.full((count, count), rho) + (1 - rho) * np.eye(count)
    draws = rng.multivariate_normal(np.zeros(count), covariance, 200_000)
    assert draws.mean(axis=1).var() == pytest.approx(rho + (1 - rho) / count, rel=0.02)


# --------------------------------------------------------------------------- overfitting


def test_overfitting_of_a_test_set() -> None:
    text = question("overfitting")
    tail = sum(math.comb(20, k) for k in range(15, 21)) / 2**20
    assert rf"2^{{-20}}={100 * tail:.2f}\%" in text
    some = 1 - (1 - tail) ** 100
    assert rf"$1-(1-{tail:.4f})^{{100}}={100 * some:.1f}\%$" in text
    assert 15 / 20 == 0.75


def test_overfitting_early_stopping_is_like_a_penalty() -> None:
    text = question("overfitting")
    eta, t = 0.1, 100
    alpha = 1 / (eta * t)
    assert rf"$\eta={eta}$、$t={t}$，相当于 $\alpha\approx{alpha:.1f}$" in text

    def shares(curvature: float) -> tuple[float, float]:
        return 1 - (1 - eta * curvature) ** t, curvature / (curvature + alpha)

    weak, strong = shares(0.01), shares(1.0)
    assert f"两式给出 {100 * weak[0]:.1f}% 与 {100 * weak[1]:.1f}%" in text
    assert f"$\\lambda=1$ 时是 {100 * strong[0]:.0f}% 与 {100 * strong[1]:.0f}%" in text


def test_overfitting_figure() -> None:
    text, values = question("overfitting"), record("overfitting-early-stop")
    assert f"图中用 {len(values['x'])} 个带噪声的点" in text
    said = f"早停选中第 {values['stop']} 步，训练误差 {values['stop_train']:.3f}，"
    assert said + f"验证误差 {values['stop_valid']:.3f}" in text
    train, valid = values["train"][-1], values["valid"][-1]
    assert f"训练误差降到 {train:.3f}，验证误差升到 {valid:.3f}" in text
    assert f"继续到第 {10 * (len(values['train']) - 1)} 步" in text


# --------------------------------------------------------------------------- learning paradigms


def test_learning_paradigms_update() -> None:
    text = question("learning-paradigms")
    assert "$Q(s,a)=-2$，走一步得 $r=-1$" in text
    assert r"\max_{a'}Q(s',a')=-1$ 的状态，$\gamma=0.9$、$\alpha=0.5$" in text
    target = -1 + 0.9 * -1
    delta = target - -2
    said = rf"目标值 ${target:.1f}$，$\delta={delta:.1f}$，新值 ${-2 + 0.5 * delta:.2f}$"
    assert said in text
    assert rf"$\gamma=0.99$ 的有效视野约 $1/(1-\gamma)={1 / (1 - 0.99):.0f}$ 步" in text


def test_learning_paradigms_cliff() -> None:
    text, values = question("learning-paradigms"), record("gridworld-q-learning")
    rows, columns = values["V"].shape
    assert f"图中的世界[^sutton]有 {rows} 行 {columns} 列" in text
    start = values["V"][-1, 0]
    assert start == -(1 + (columns - 1) + 1)  # up, along the cliff, down
    assert f"{values['sweeps']} 轮（最后一轮只是确认）就得到最优价值，起点是 ${start:.0f}$" in text
    assert values["solved"] == 50
    assert f"{values['solved']} 个 Q 学习的智能体只靠试错，各走 3,000 步后，全部找到" in text


# --------------------------------------------------------------------------- transfer learning


def bottleneck(inputs: int, width: int, *, project: bool) -> int:
    """Parameters of a ResNet bottleneck: three convolutions with batch norm, and the shortcut."""
    outputs = 4 * width
    total = inputs * width + 9 * width * width + width * outputs + 2 * (2 * width + outputs)
    return total + (inputs * outputs + 2 * outputs if project else 0)


def test_transfer_learning_parameters() -> None:
    text = question("transfer-learning")
    backbone, inputs = 3 * 64 * 49 + 2 * 64, 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            backbone += bottleneck(inputs, width, project=block == 0)
            inputs = 4 * width
    assert inputs == 2048
    assert backbone + 2048 * 1000 + 1000 == 25_557_032  # as torchvision counts ResNet-50
    assert f"主干有 {backbone:,} 个参数" in text
    head = 2048 * 10 + 10
    assert rf"$2048\times10+10={head}$ 个，特征提取只训练其中的 " in text
    assert f"只训练其中的 {100 * head / (backbone + head):.2f}%" in text
    low_rank = 2 * 4096 * 8
    share = 100 * low_rank / 4096**2
    assert rf"$2\times4096\times8={low_rank}$ 个，是原来的 {share:.2f}%" in text


def test_transfer_learning_figure() -> None:
    text = question("transfer-learning")
    few, many = (100 * record("transfer-learning")["accuracy"][row] for row in (0, -1))
    said = f"10 个标签时，从头训练 {few[0]:.1f}%，冻结特征 {few[1]:.1f}%，"
    assert said + f"先冻结再微调 {few[2]:.1f}%" in text
    assert f"200 个标签时三者是 {many[0]:.1f}%、{many[1]:.1f}%、{many[2]:.1f}%" in text
    assert f"冻结它在 200 个标签时也只有 {many[3]:.1f}%" in text


def test_transfer_learning_listing() -> None:
    torch = pytest.importorskip("torch")
    names = listing(question("transfer-learning"))
    backbone = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    frozen = names["freeze"](backbone)
    before = frozen[1].running_mean.clone()
    frozen(torch.ones(5, 4))
    assert torch.equal(frozen[1].running_mean, before)
    assert not any(p.requires_grad for p in frozen.parameters())
    assert all(p.requires_grad for p in names["freeze"](backbone, frozen=False).parameters())
    assert backbone.training
    optimizer = names["groups"](backbone, torch.nn.Linear(3, 2))
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([1e-4, 1e-3])


# --------------------------------------------------------------------------- dynamic programming


def test_dynamic_programming_counts() -> None:
    text = question("dynamic-programming")
    fib, calls = [0, 1], [1, 1]
    for n in range(2, 30):
        fib.append(fib[n - 1] + fib[n - 2])
        calls.append(1 + calls[n - 1] + calls[n - 2])
        assert calls[n] == 2 * (fib[n] + fib[n - 1]) - 1
    counts = record("fibonacci-memo")["counts"]
    assert counts[:, 0].tolist() == calls[1 : len(counts) + 1]
    assert f"$n=6$ 要 {calls[6]} 次，而不同的子问题只有 7 个；$n=22$ 要 {calls[22]:,} 次" in text
    assert f"只要 $2n-1={counts[21, 1]}$ 次调用，自底向上只要 {counts[21, 2]} 次加法" in text
    assert rf"$\varphi={(1 + 5**0.5) / 2:.3f}$" in text


def test_dynamic_programming_edit_distance() -> None:
    text = question("dynamic-programming")
    distance = listing(text)["edit_distance"]
    for i, first in enumerate(("空", "c", "a", "t")):
        cells = " | ".join(str(distance("cat"[:i], "cut"[:j])) for j in range(4))
        assert f"| {first} | {cells} |" in text
    assert distance("cat", "cut") == 1
    assert distance("kitten", "sitting") == 3
    assert distance("", "abc") == distance("abc", "") == 3


def test_dynamic_programming_coins() -> None:
    text = question("dynamic-programming")
    assert "硬币面值 1、3、4 凑 6。贪心得 $4+1+1$ 共 3 枚，动态规划得 $3+3$ 共 2 枚" in text
    least = [0] + [99] * 6
    for total in range(1, 7):
        least[total] = 1 + min(least[total - coin] for coin in (1, 3, 4) if coin <= total)
    greedy, rest = 0, 6
    for coin in (4, 3, 1):
        greedy, rest = greedy + rest // coin, rest % coin
    assert (least[6], greedy) == (2, 3)

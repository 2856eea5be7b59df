# Makes gpt-pytorch.json: the token model of src/training, trained five steps by PyTorch.
# Run with Debian's python3-torch: /usr/bin/python3 test/golden/gpt-pytorch.py
# Numbers that both sides need (weights, tokens) follow from formulas, so the file holds results only.
import json, math, pathlib
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
C = dict(vocabulary=37, width=32, layers=2, heads=4, keyValueHeads=2, feedForward=40, queryKeyNorm=1, context=64)
B, T, STEPS = 3, 12, 5
OPT = dict(learningRate=0.01, warmupSteps=2, totalSteps=8, weightDecay=0.1, clipNorm=0.5)
d, H, K = C["width"], C["heads"], C["keyValueHeads"]
hd = d // H

shapes = [("embedding", (C["vocabulary"], d))]
for layer in range(C["layers"]):
    shapes += [(f"layer.{layer}.{n}", s) for n, s in [
        ("attention.norm", (d,)), ("attention.in", (d, (H + 2 * K) * hd)), ("attention.headNorm", (hd,)),
        ("attention.out", (d, d)),
        ("feedForward.norm", (d,)), ("feedForward.gate", (d, C["feedForward"])),
        ("feedForward.in", (d, C["feedForward"])), ("feedForward.out", (C["feedForward"], d))]]
shapes += [("norm", (d,)), ("head", (d, C["vocabulary"]))]

def weight(p, shape):  # the i-th number of the p-th parameter
    n = math.prod(shape)
    scale, middle = (0.1, 1.0) if len(shape) == 1 else (0.3, 0.0)
    return torch.tensor([middle + scale * math.sin(1 + 0.7 * p + 1.3 * i + 0.001 * i * i) for i in range(n)],
                        dtype=torch.float32).reshape(shape).requires_grad_()

P = {name: weight(p, shape) for p, (name, shape) in enumerate(shapes)}

def batch(step):  # every third place is not learned
    i = torch.arange(B * T)
    ids = (i * i * 3 + i * 7 + step * 5) % C["vocabulary"]
    targets = (i * 5 + step * 11 + 2) % C["vocabulary"]
    weights = ((i + step) % 3).float()
    return ids.view(B, T), targets.view(B, T), weights.view(B, T)

PERIOD = 65536
turns = [max(1, math.floor(PERIOD * 10000 ** (-2 * i / hd) / (2 * math.pi) + 0.5)) for i in range(hd // 2)]
angle = torch.tensor([[p * t % PERIOD / PERIOD * 2 * math.pi for t in turns] for p in range(T)], dtype=torch.float64)
cos, sin = angle.cos().float(), angle.sin().float()

def rotate(x):  # [B, heads, T, hd]
    a, b = x[..., : hd // 2], x[..., hd // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

def norm(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain

def forward(ids):
    x = P["embedding"][ids]
    for layer in range(C["layers"]):
        p = lambda n: P[f"layer.{layer}.{n}"]
        qkv = (norm(x, p("attention.norm")) @ p("attention.in")).view(B, T, H + 2 * K, hd).transpose(1, 2)
        q, k, v = qkv.split([H, K, K], 1)
        q, k = (rotate(norm(y, p("attention.headNorm"))) for y in (q, k))
        k, v = k.repeat_interleave(H // K, 1), v.repeat_interleave(H // K, 1)
        s = q @ k.transpose(-1, -2) / math.sqrt(hd) + torch.full((T, T), -1e9).triu(1)
        x = x + (s.softmax(-1) @ v).transpose(1, 2).reshape(B, T, d) @ p("attention.out")
        inner = norm(x, p("feedForward.norm"))
        x = x + (F.silu(inner @ p("feedForward.gate")) * (inner @ p("feedForward.in"))) @ p("feedForward.out")
    return norm(x, P["norm"]) @ P["head"]

def rate(step):
    if step <= OPT["warmupSteps"]: return OPT["learningRate"] * step / OPT["warmupSteps"]
    left = OPT["totalSteps"] + 1 - step
    return OPT["learningRate"] * left / (OPT["totalSteps"] + 1 - OPT["warmupSteps"])

optimizer = torch.optim.AdamW([
    dict(params=[p for p in P.values() if p.dim() > 1], weight_decay=OPT["weightDecay"]),
    dict(params=[p for p in P.values() if p.dim() == 1], weight_decay=0.0)], betas=(0.9, 0.999), eps=1e-8)
steps = []
for step in range(1, STEPS + 1):
    ids, targets, w = batch(step)
    for group in optimizer.param_groups: group["lr"] = rate(step)
    nll = F.cross_entropy(forward(ids).view(B * T, -1), targets.view(-1), reduction="none")
    loss = (nll * w.view(-1)).sum() / w.sum()
    optimizer.zero_grad()
    loss.backward()
    gradient_norm = torch.nn.utils.clip_grad_norm_(P.values(), OPT["clipNorm"])
    optimizer.step()
    steps.append(dict(loss=loss.item(), gradientNorm=gradient_norm.item(), learningRate=rate(step)))

ends = {name: dict(sum=p.sum(dtype=torch.float64).item(), first=p.flatten()[0].item(), last=p.flatten()[-1].item())
        for name, p in P.items()}
out = dict(madeBy=f"gpt-pytorch.py with PyTorch {torch.__version__}", model=C, batch=B, length=T, **OPT, steps=steps, parameters=ends)
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, indent=2) + "\n")

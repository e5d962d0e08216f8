#!/usr/bin/env python3
"""Writes elementary.txt: correctly rounded logarithms and exponentials, and Student quantiles to 17 digits.

    python3 elementary.py > elementary.txt      (needs mpmath)

Lines: `log X Y` and `exp X Y` with the bit patterns of both doubles in hex; `student P DF T` in decimal.
"""
import random
import struct

from mpmath import betainc, exp, log, mp, mpf

mp.dps = 60


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def double(pattern):
    return struct.unpack("<d", struct.pack("<Q", pattern))[0]


def rounded(x):
    """Nearest double, subnormals and overflow included."""
    if x == 0: return 0.0
    if x >= mpf(2) ** 1024 - mpf(2) ** 970: return float("inf")
    magnitude = abs(x)
    exponent = max(int(mp.floor(mp.log(magnitude, 2))), -1022)
    while magnitude >= mpf(2) ** (exponent + 1): exponent += 1
    while exponent > -1022 and magnitude < mpf(2) ** exponent: exponent -= 1
    unit = mpf(2) ** (exponent - 52)
    steps = int(mp.nint(magnitude / unit))
    result = float(mpf(steps) * unit) if exponent > -1022 else double(steps)
    return result if x > 0 else -result


def neighbours(x, count):
    pattern = struct.unpack("<Q", struct.pack("<d", x))[0]
    return [double(pattern + step) for step in range(-count, count + 1)]


random.seed(20)
logs = [5e-324, 1e-323, 2.2250738585072009e-308, 2.2250738585072014e-308, 1.7976931348623157e308, 0.5, 2.0, 10.0]
logs += neighbours(1.0, 40) + neighbours(2 ** 0.5, 8) + neighbours(0.5 ** 0.5, 8) + neighbours(1.25, 2) + neighbours(20.0, 2)
logs += [double(random.randrange(1, 0x7FF0000000000000)) for _ in range(700)]
logs += [1 + (random.random() - 0.5) * 10.0 ** -random.randrange(0, 15) for _ in range(700)]
logs += [random.uniform(0.05, 20) for _ in range(700)]
for x in logs: print("log", bits(x), bits(rounded(log(mpf(x)))))

exps = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-17, 709.782712893384, 709.7827128933841, -745.1332191019411,
        -745.1332191019412, -708.3964185322641, -708.3964185322642, -720.5, -744.9]
exps += [random.uniform(-745.13, 709.78) for _ in range(700)]
exps += [random.uniform(-1, 1) * 10.0 ** -random.randrange(0, 18) for _ in range(700)]
exps += [(k + 0.5) * 0.6931471805599453 + random.uniform(-1e-9, 1e-9) for k in range(-60, 60)]
exps += [random.uniform(-3.2, 3.2) for _ in range(700)]
exps += [random.uniform(-745.1, -708.4) for _ in range(100)]
for x in exps: print("exp", bits(x), bits(rounded(exp(mpf(x)))))

mp.dps = 40
for p in ("0.5", "0.55", "0.75", "0.9", "0.95", "0.975", "0.99375", "0.995", "0.999", "0.9996875", "0.999999", "0.05", "0.001"):
    for df in ("0.7", "1", "1.5", "2", "3", "4.5", "8.25", "9", "12.18", "13.7", "25", "60", "120.5", "1000", "12345.6"):
        # The quantile of the double nearest to p, as the judge gets it.
        q, nu = mpf(float(p)), mpf(float(df))
        if q == 0.5:
            print("student", p, df, "0")
            continue
        tail = min(q, 1 - q)
        # P(T > t) = I_x(nu/2, 1/2) / 2 with x = nu/(nu + t^2); solved for ln t by bisection.
        low, high = mpf(-40), mpf(60)
        for _ in range(130):
            middle = (low + high) / 2
            square = exp(2 * middle)
            x, y = nu / (nu + square), square / (nu + square)
            if x < mpf("0.5"): above = betainc(nu / 2, mpf(1) / 2, 0, x, regularized=True) / 2
            else: above = mpf(1) / 2 - betainc(mpf(1) / 2, nu / 2, 0, y, regularized=True) / 2
            if above > tail: low = middle
            else: high = middle
        t = exp(high)
        print("student", p, df, mp.nstr(-t if q < 0.5 else t, 17))

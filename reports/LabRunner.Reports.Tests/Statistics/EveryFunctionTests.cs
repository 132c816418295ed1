using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>
/// Each public function of the statistics, found by reflection, with what was not measured at each place of its arguments in turn: within a series
/// that is a gap, and no answer becomes NaN by it; hours, rates and confidences that are none are refused by an error that says so, or answered.
/// </summary>
public sealed class EveryFunctionTests
{
    private static readonly double[] None = [double.NaN, -double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    // Arguments that the value of most would be outside the range of.
    private static readonly Dictionary<string, object> Healthy = new()
    {
        ["share"] = 0.5, ["confidence"] = 0.9, ["power"] = 0.8, ["alpha"] = 0.05, ["reliability"] = 0.9, ["good"] = 0.5, ["bad"] = 2.0, ["ratio"] = 2.0, ["variation"] = 0.1, ["magnitude"] = 0.05, ["rate"] = 0.05,
        ["boot"] = 0.0, ["end"] = 1e6, ["interval"] = 60.0, ["trueHours"] = 2000.0, ["goalHours"] = 100.0, ["length"] = 100.0, ["period"] = 24.0, ["trials"] = 10, ["n"] = 5, ["least"] = 2,
    };

    // Hours of a device and of a unit, and weights, are no series: nobody measured them, and nobody knows what a rate over hours that are none is.
    private static readonly string[] Refused = ["exposures", "Hours of a device", "weights"];

    private static IEnumerable<MethodInfo> Functions =>
        typeof(Percentile).Assembly.GetExportedTypes().Where(t => t.Namespace == typeof(Percentile).Namespace).SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => !m.IsSpecialName && m.GetCustomAttribute<CompilerGeneratedAttribute>() is null);

    private static IEnumerable<TestCaseData> Cases => Functions.Select(m => new TestCaseData(m).SetArgDisplayNames($"{m.DeclaringType!.Name}.{m.Name}"));

    [Test]
    public void Functions_AreFound() => Assert.That(Functions.Count(), Is.GreaterThanOrEqualTo(45));

    [TestCaseSource(nameof(Cases))]
    public void Function_WhatIsNone_IsAGapOrIsRefused(MethodInfo function)
    {
        Arguments healthy = new(int.MaxValue, 0);
        object? answer = function.Invoke(null, Make(function, healthy));
        Assert.That(Holes(answer), Is.Empty, "what the function answers to figures in order");
        using (Assert.EnterMultipleScope())
        {
            for (int place = 0; place < healthy.Count; place++)
            {
                foreach (double none in None)
                {
                    Try(function, place, none);
                }
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Function_EmptySeries_AreAnswered(MethodInfo function)
    {
        object?[] arguments = Make(function, new Arguments(int.MaxValue, 0) { Length = 0 });
        object? answer = function.Invoke(null, arguments);
        Assert.That(Holes(answer), function.DeclaringType == typeof(Percentile) ? Is.Not.Empty : Is.Empty, "only a percentile of nothing is NaN");
    }

    /// <summary>What is no static function: a test that is made once and asked often.</summary>
    [Test]
    public void SequentialTest_WhatIsNone_IsRefused()
    {
        SprtExponential test = new(168, 56, 0.1, 0.1);
        using (Assert.EnterMultipleScope())
        {
            foreach (double none in None)
            {
                Func<object>[] refused =
                [
                    () => new SprtExponential(none, 56, 0.1, 0.1), () => new SprtExponential(168, none, 0.1, 0.1), () => new SprtExponential(168, 56, none, 0.1), () => new SprtExponential(168, 56, 0.1, none),
                    () => test.Decide(none, 0), () => test.HoursToAccept(none, 0),
                ];
                foreach ((int i, Func<object> ask) in refused.Index())
                {
                    Assert.That(() => ask(), Throws.InstanceOf<ArgumentException>(), $"{none}, {i}");
                }
            }
        }
    }

    private static void Try(MethodInfo function, int place, double none)
    {
        Arguments poisoned = new(place, none);
        object?[] arguments = Make(function, poisoned);

        // A sorted list has what sorts to its ends there.
        if (function.Name == nameof(Percentile.OfSorted))
        {
            Array.Sort((double[])arguments[0]!);
        }

        try
        {
            object? answer = function.Invoke(null, arguments);

            // Holm answers a probability that is none with one that is none, at its place.
            int most = function.DeclaringType == typeof(Holm) ? 1 : 0;
            Assert.That(Holes(answer).Count(), Is.LessThanOrEqualTo(most), $"{none} as {poisoned.Where} {place}: {string.Join(", ", Holes(answer))}");
        }
        catch (TargetInvocationException e)
        {
            Assert.That(poisoned.IsSeries, Is.False, $"{none} within {poisoned.Where} {place} is a gap, not {e.InnerException}");
            Assert.That(e.InnerException, Is.InstanceOf<ArgumentException>().And.Property(nameof(ArgumentException.ParamName)).Not.Null, $"{none} as {poisoned.Where} {place}");
            Assert.That(e.InnerException!.StackTrace, Does.Not.Contain("MathNet"), "refused here, in words of ours");
        }
    }

    private static object?[] Make(MethodInfo function, Arguments arguments) => [.. function.GetParameters().Select(p => arguments.Of(p.ParameterType, p.Name!))];

    // Paths of all figures within an answer that are NaN.
    private static IEnumerable<string> Holes(object? answer, string path = "", int depth = 0) => answer switch
    {
        null or string or bool or int or long or TimeSpan => [],
        double figure => double.IsNaN(figure) ? [path] : [],
        _ when answer.GetType().IsEnum || depth > 4 => [],
        IEnumerable many => many.Cast<object?>().SelectMany((item, i) => Holes(item, $"{path}[{i}]", depth + 1)),
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Holes(tuple[i], $"{path}.Item{i + 1}", depth + 1)),
        _ => answer.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).SelectMany(p => Holes(p.GetValue(answer), $"{path}.{p.Name}", depth + 1)),
    };

    /// <summary>Makes arguments of any type the statistics take, and puts what is none at one place of them.</summary>
    private sealed class Arguments(int place, double none)
    {
        internal int Length { get; init; } = 10;

        /// <summary>Figures made so far.</summary>
        internal int Count { get; private set; }

        /// <summary>Name of the argument that has it.</summary>
        internal string Where { get; private set; } = "";

        /// <summary>True where it is one value of many.</summary>
        internal bool IsSeries { get; private set; }

        internal object? Of(Type type, string name) => Of(type, name, index: -1);

        private object? Of(Type type, string name, int index)
        {
            if (type == typeof(double))
            {
                return Figure(name, index);
            }

            if (type == typeof(int))
            {
                return Healthy.TryGetValue(name, out object? value) ? value : index >= 0 ? index % 3 : 1;
            }

            if (type == typeof(bool))
            {
                return index % 3 != 0;
            }

            if (type == typeof(string))
            {
                return name;
            }

            if (type == typeof(Interval?))
            {
                return null;
            }

            if (type == typeof(HeapLeakRule))
            {
                return new HeapLeakRule();
            }

            if (type.IsGenericType && type.GetGenericTypeDefinition() is var generic && (generic == typeof(IReadOnlyList<>) || generic == typeof(IEnumerable<>)))
            {
                Type item = type.GetGenericArguments()[0];
                Array list = Array.CreateInstance(item, Length);
                for (int i = 0; i < Length; i++)
                {
                    list.SetValue(Of(item, name, i), i);
                }

                return list;
            }

            if (type.IsAssignableTo(typeof(ITuple)))
            {
                // The elements' names are those of the parameter's attribute; hours before a list are a device's.
                Type[] elements = type.GetGenericArguments();
                return Activator.CreateInstance(type, [.. elements.Select((e, i) => Of(e, i == 0 && elements.Length == 2 && e == typeof(double) && elements[1] != typeof(double) ? "Hours of a device" : name, index))]);
            }

            ConstructorInfo made = (type.Namespace == typeof(Percentile).Namespace || type == typeof(Span)) && type.GetConstructors().Where(c => c.GetParameters().Length > 0).ToArray() is [var only, ..] ? only : throw new NotSupportedException($"Teach this test to make a {type}.");
            return made.Invoke([.. made.GetParameters().Select(p => Of(p.ParameterType, p.Name!, index))]);
        }

        private double Figure(string name, int index)
        {
            if (Count++ != place)
            {
                return name == "Hours of a device" ? 100
                    : name == "probabilities" ? 0.001 * (index + 1)
                    : index < 0 ? Healthy.TryGetValue(name, out object? value) ? (double)value : 10
                    : name == "events" ? (24 * index) + 5.5
                    : name is "Lower" or "Earliest" or "Start" ? 5 + index : 6 + index + (index % 3);
            }

            (Where, IsSeries) = (name, index >= 0 && !Refused.Contains(name));
            return none;
        }
    }
}

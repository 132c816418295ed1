using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LabRunner.Hardware.Lines;
using System.Text.Json.Serialization;

namespace LabRunner.Bench.Inventory.Yaml;

/// <summary>A property of an options record and its key in a file.</summary>
/// <param name="Key">Property name in camelCase.</param>
/// <param name="Property">The property.</param>
/// <param name="Type">Its type without nullability.</param>
/// <param name="Required">It must be given.</param>
internal sealed record OptionKey(string Key, PropertyInfo Property, Type Type, bool Required);

/// <summary>Mappings to options records, by the rules that <see cref="Hardware.Catalogue.DriverAttribute"/> states.</summary>
internal static class OptionsBinder
{
    /// <summary>Keys of an options record in the order of its properties.</summary>
    public static IReadOnlyList<OptionKey> Keys(Type type) =>
    [
        .. from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
           where property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0
           select new OptionKey(
               Name(property.Name), property, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
               property.IsDefined(typeof(RequiredMemberAttribute))),
    ];

    /// <summary>camelCase of a property name.</summary>
    public static string Name(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>Words of an enum as files spell them: its <see cref="JsonStringEnumMemberNameAttribute"/>, else camelCase.</summary>
    public static IReadOnlyList<string> Words(Type type) => [.. Enum.GetNames(type).Select(name => Word(type, name))];

    /// <summary>The word of an enum's value.</summary>
    public static string Word(Enum value) => Word(value.GetType(), value.ToString());

    /// <summary>Whether a type is a nested options record.</summary>
    public static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && !type.IsArray && type.GetConstructor(Type.EmptyTypes) is not null;

    /// <summary>
    /// Binds a mapping. What is wrong becomes a problem and keeps its default, so that later checks find the rest; the result may only
    /// be used when <paramref name="problems"/> stays empty.
    /// </summary>
    /// <param name="type">Options record.</param>
    /// <param name="map">Its mapping.</param>
    /// <param name="what">What the mapping describes, for messages ("slot 'p1'").</param>
    /// <param name="problems">Takes the problems.</param>
    /// <param name="others">Keys of the mapping that somebody else reads.</param>
    public static object Bind(Type type, MapNode map, string what, ProblemList problems, params IReadOnlyCollection<string> others)
    {
        object options = Activator.CreateInstance(type)
            ?? throw new InvalidOperationException($"{type} is no options record: it has no constructor without parameters.");
        IReadOnlyList<OptionKey> keys = Keys(type);
        foreach (MapEntry entry in map.Entries)
        {
            string name = entry.Key.Text;
            if (keys.FirstOrDefault(k => k.Key == name) is { } key)
            {
                if (Value(key, entry.Value, problems) is { } value && InRange(key, value, entry.Value, problems))
                {
                    key.Property.SetValue(options, value);
                }
            }
            else if (!others.Contains(name))
            {
                problems.Add(entry.Key.Place, $"{what} has no key '{name}'", NearestWord.Remedy(name, [.. keys.Select(k => k.Key), .. others]));
            }
        }

        foreach (OptionKey key in keys.Where(k => k.Required && map.Find(k.Key) is null))
        {
            problems.Add(map.Place, $"{what} lacks the key '{key.Key}'", $"Add '{key.Key}: {Expected(key.Type)}'");
        }

        return options;
    }

    /// <inheritdoc cref="Bind(Type, MapNode, string, ProblemList, IReadOnlyCollection{string})"/>
    public static T Bind<T>(MapNode map, string what, ProblemList problems, params IReadOnlyCollection<string> others) =>
        (T)Bind(typeof(T), map, what, problems, others);

    /// <summary>What a value of a type looks like.</summary>
    public static string Expected(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(TimeSpan) ? DurationText.Form
        : type == typeof(LineId) ? $"a line's offset, 0 to {LineId.Last}, or its name"
        : type.IsEnum ? $"one of {string.Join(", ", Words(type))}"
        : IsStringList(type) ? "a list of texts"
        : "a mapping";

    /// <summary>Arrays of string and the list interfaces an array can stand for.</summary>
    public static bool IsStringList(Type type) => type != typeof(string) && type.IsAssignableFrom(typeof(string[])) && type != typeof(object);

    private static object? Value(OptionKey key, Node node, ProblemList problems)
    {
        if (IsStringList(key.Type))
        {
            return List(key, node, problems);
        }

        if (IsRecord(key.Type))
        {
            if (node is MapNode map)
            {
                return Bind(key.Type, map, $"'{key.Key}'", problems);
            }
        }
        else if (node is TextNode { IsNull: true } && !key.Required && IsNullable(key))
        {
            return null;
        }
        else if (node is TextNode { IsNull: false } text)
        {
            if (Scalar(key.Type, text.Text) is { } value)
            {
                return value;
            }

            if (key.Type.IsEnum)
            {
                problems.Unknown(node.Place, $"value of '{key.Key}'", text.Text, Words(key.Type));
                return null;
            }
        }

        problems.Add(node.Place, $"'{key.Key}' is {node.Kind}", $"Write {Expected(key.Type)}");
        return null;
    }

    private static string[]? List(OptionKey key, Node node, ProblemList problems)
    {
        if (node is not ListNode list)
        {
            problems.Add(node.Place, $"'{key.Key}' is {node.Kind}", "Write a list of texts: [a, b]");
            return null;
        }

        foreach (Node item in list.Items.Where(i => i is not TextNode))
        {
            problems.Add(item.Place, $"'{key.Key}' has {item.Kind} as an item", "Write a text");
        }

        return [.. list.Items.OfType<TextNode>().Select(i => i.Text)];
    }

    private static object? Scalar(Type type, string text)
    {
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(bool))
        {
            return text switch { "true" => true, "false" => false, _ => null };
        }

        if (type == typeof(int))
        {
            return Whole(text) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;
        }

        if (type == typeof(long))
        {
            return Whole(text);
        }

        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? real : null;
        }

        if (type == typeof(TimeSpan))
        {
            return DurationText.TryParse(text, out TimeSpan duration) ? duration : null;
        }

        if (type == typeof(LineId))
        {
            return LineId.TryParse(text, out LineId line) ? line : null;
        }

        string? word = type.IsEnum ? Enum.GetNames(type).FirstOrDefault(n => Word(type, n) == text) : throw new InvalidOperationException(
            $"Options of type {type} cannot be written in a file: see DriverAttribute for the allowed types.");
        return word is null ? null : Enum.Parse(type, word);
    }

    private static string Word(Type type, string name) =>
        type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Name(name);

    private static long? Whole(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex) ? hex : null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static bool InRange(OptionKey key, object value, Node node, ProblemList problems)
    {
        if (key.Property.GetCustomAttribute<RangeAttribute>() is not { } range || range.IsValid(value))
        {
            return true;
        }

        problems.Add(node.Place, $"'{key.Key}' is {node.Kind}, out of range", $"Write {Text(range.Minimum)} to {Text(range.Maximum)}");
        return false;
    }

    private static bool IsNullable(OptionKey key) =>
        Nullable.GetUnderlyingType(key.Property.PropertyType) is not null
        || (!key.Property.PropertyType.IsValueType
            && new NullabilityInfoContext().Create(key.Property).WriteState == NullabilityState.Nullable);

    private static string Text(object limit) =>
        limit is TimeSpan duration ? DurationText.Format(duration) : Convert.ToString(limit, CultureInfo.InvariantCulture) ?? "";
}

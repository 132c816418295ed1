using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LabRunner.Bench.Hosting;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LabRunner.Station.Api;

/// <summary>The OpenAPI document: made from the endpoints themselves, with their roles and examples.</summary>
internal static class Document
{
    /// <summary>Extension of an operation with the role it needs: look, use, switch, administer, or none.</summary>
    public const string RoleExtension = "x-role";

    /// <summary>How bodies are written.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Says what no endpoint says.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "LabRunner station", Version = "v1",
                Description = $"A bench over HTTP. Version {RunnerVersion.Text}. Errors are application/problem+json. POST and DELETE take an Idempotency-Key: the same key gets the first answer again. "
                    + "X-LabRunner-Why says why, for the audit log. Remote callers send Authorization: Bearer TOKEN (./lab token add NAME).",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of ./lab token add NAME --role ROLE." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
            Role? role = metadata.OfType<NeededRole>().FirstOrDefault()?.Role;
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions[RoleExtension] = new JsonNodeExtension(JsonValue.Create(role?.ToString().ToLowerInvariant() ?? "none"));
            if (role is not null)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];
            }

            if (metadata.OfType<Example>().FirstOrDefault() is { } example)
            {
                Show(operation.RequestBody?.Content, example.Request);
                Show(operation.Responses?.GetValueOrDefault("200")?.Content, example.Answer);
            }

            return Task.CompletedTask;
        });
    }

    private static void Show(IDictionary<string, OpenApiMediaType>? content, object? example)
    {
        if (example is not null && content?.TryGetValue("application/json", out OpenApiMediaType? media) == true)
        {
            media.Example = JsonSerializer.SerializeToNode(example, example.GetType(), Json);
        }
    }
}

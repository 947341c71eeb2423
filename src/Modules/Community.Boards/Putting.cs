using System.Linq.Expressions;

namespace Community.Boards;

/// <summary>
/// Puts values in the place of parameters, so that one expression can be used within another: compiled queries call no methods.
/// </summary>
sealed class Putting(Dictionary<ParameterExpression, Expression> values) : ExpressionVisitor
{
    /// <summary>The lambda's body with other expressions for its parameters.</summary>
    public static Expression In(LambdaExpression lambda, params Expression[] values) =>
        new Putting(lambda.Parameters.Zip(values).ToDictionary(p => p.First, p => p.Second)).Visit(lambda.Body);

    protected override Expression VisitParameter(ParameterExpression node) => values.GetValueOrDefault(node, node);
}
